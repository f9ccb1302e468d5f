#!/bin/sh
# Ends the processes of a supervisor that was killed. Each line read from standard input names the process groups that
# live now; a supervisor that ends in order says so with an empty line. When the input ends without that, every group
# on the last line gets SIGTERM, and SIGKILL 5 s later. Works wherever there is a shell, and reaches whole groups;
# PR_SET_PDEATHSIG is Linux's alone and reaches only the leader.

trap '' HUP INT TERM

groups=
while read -r line; do groups=$line; done

signal_all() {
    reached=
    for group in $groups; do
        if kill -s "$1" -- "-$group" 2>/dev/null; then reached=yes; fi
    done
    [ -n "$reached" ]
}

signal_all TERM
tries=50
while [ "$tries" -gt 0 ] && signal_all 0; do
    sleep 0.1
    tries=$((tries - 1))
done
signal_all KILL
exit 0
