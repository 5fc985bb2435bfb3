#!/bin/bash
# SPDX-License-Identifier: MIT
# Which layer includes which.
exec python3 tools/check_layers
