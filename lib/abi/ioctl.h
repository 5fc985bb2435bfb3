/* SPDX-License-Identifier: MIT */
/* ioctl(2) requests of terminals and descriptors on Linux x86-64. */
#ifndef LIB_ABI_IOCTL_H
#define LIB_ABI_IOCTL_H

#define TCGETS     0x5401
#define TCSETS     0x5402
#define TCSETSW    0x5403
#define TCSETSF    0x5404
#define TCGETA     0x5405
#define TCSBRK     0x5409
#define TCXONC     0x540a
#define TCFLSH     0x540b
#define TIOCEXCL   0x540c
#define TIOCNXCL   0x540d
#define TIOCSCTTY  0x540e
#define TIOCGPGRP  0x540f
#define TIOCSPGRP  0x5410
#define TIOCOUTQ   0x5411
#define TIOCSTI    0x5412
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define FIONREAD   0x541b
#define TIOCINQ    FIONREAD
#define FIONBIO    0x5421
#define TIOCNOTTY  0x5422
#define TCSBRKP    0x5425
#define TIOCGSID   0x5429
#define FIONCLEX   0x5450
#define FIOCLEX    0x5451

/* How newer requests are numbered: direction, size of the argument, a letter, a number. */
#define _IOC(direction, type, number, size) \
	((unsigned int)((direction) << 30 | (size) << 16 | (type) << 8 | (number)))
#define _IO(type, number)             _IOC(0U, type, number, 0U)
#define _IOW(type, number, argument)  _IOC(1U, type, number, (unsigned int)sizeof(argument))
#define _IOR(type, number, argument)  _IOC(2U, type, number, (unsigned int)sizeof(argument))
#define _IOWR(type, number, argument) _IOC(3U, type, number, (unsigned int)sizeof(argument))

struct winsize {
	unsigned short ws_row;
	unsigned short ws_col;
	unsigned short ws_xpixel;
	unsigned short ws_ypixel;
};

_Static_assert(sizeof(struct winsize) == 8, "struct winsize");

#endif
