/*
 * The fields of a job that a request's keys give. Who may set one stands in
 * its row; what depends on the value is asked here.
 */
#include "request.h"
#include "share/job.h"

enum err
request_put_fields(struct request *r, struct job *job, struct fault *f)
{
	for (size_t i = 0; i < r->line.pair_count; i++) {
		int field = job_field_find(r->line.pair[i].key);
		enum err err;

		if (field < 0)
			continue;
		if (job_row((enum job_field)field)->who == WHO_ROOT
		    && !r->caller.root)
			return fault_set(f, ERR_DENIED,
			    job_row((enum job_field)field)->key,
			    "only root may set it");
		err = job_set(job, (enum job_field)field,
		    r->line.pair[i].value, f);
		if (err != ERR_NONE)
			return err;
	}
	if (job_ioprio_is_realtime(job_ioprio(JOB_TEXT(job, ionice)))
	    && !r->caller.root)
		return fault_set(f, ERR_DENIED, "ionice",
		    "only root may give a job realtime access");
	if (JOB_NUMBER(job, nice) < 0 && !r->caller.root)
		return fault_set(f, ERR_DENIED, "nice",
		    "only root may raise a job's priority");
	return ERR_NONE;
}
