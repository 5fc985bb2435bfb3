# SPDX-License-Identifier: MIT
# Everything that building, running and testing Tarae needs:
#     docker build -t tarae . && docker run --rm -it -v "$PWD":/tarae tarae make run
FROM debian:bookworm-slim
COPY tools /setup/tools
RUN apt-get update && apt-get install -y --no-install-recommends bash git && \
	bash /setup/tools/setup ci </dev/null && rm -rf /var/lib/apt/lists/* /setup
WORKDIR /tarae
CMD ["make", "run"]
