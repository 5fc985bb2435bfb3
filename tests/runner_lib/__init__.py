# SPDX-License-Identifier: MIT
"""The host's side of the tests (see tests/run).

    results   what is known of each test; the closing line, TAP and JUnit
    guest     machines that test themselves (kernel and user tests), reporting on the report port
    turns     programs that take turns in one such machine
    console   a machine driven through its console, for the scripts in tests/boot
    boot      finds and runs those scripts
    host      programs and scripts of tests/host, run here
    pool      runs jobs side by side
    settings  FILTER, SMP and the other variables

A machine's word counts only on the report port and with the nonce of its command line: whatever a
program prints on the console is not a result.
"""
