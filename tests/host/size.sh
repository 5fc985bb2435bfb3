#!/bin/bash
# SPDX-License-Identifier: MIT
# The kernel stays small enough to read.
exec python3 tools/check_size
