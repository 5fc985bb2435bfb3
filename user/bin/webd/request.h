/* SPDX-License-Identifier: MIT */
/* Reading one HTTP/1.1 request from a client whom nobody trusts. */
#ifndef USER_BIN_WEBD_REQUEST_H
#define USER_BIN_WEBD_REQUEST_H

#define HEAD_MAX 4096  /* bytes of request line and headers */
#define BODY_MAX 65536 /* bytes of a body, which is never looked at */

struct request {
	char path[256];
	int head_only; /* HEAD: the answer has no body */
};

/* Reads until the request is complete. 200: it is in `request`; 400 (not HTTP), 405, 408 (not
 * complete within `limit_ms`), 413 (longer than is read); 0: the client has gone. */
int request_read(int fd, int limit_ms, struct request *request);

#endif
