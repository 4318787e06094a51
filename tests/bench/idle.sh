#!/bin/bash
# 10,000 jobs, none of them due, for a minute: the case of that name, longer.
# limit: 300
SECONDS_IDLE=60 exec bash "$(dirname "$0")/../cases/idle.sh"
