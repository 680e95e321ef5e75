/* SPDX-License-Identifier: BSD-3-Clause */
/* Which sanitizer a test is built with, as 0 or 1: what is slower then is done less often. */
#ifndef SLUICE_SANITIZER_H
#define SLUICE_SANITIZER_H

#ifdef __has_feature /* clang */
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#elif __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef __SANITIZE_THREAD__ /* gcc */
#define WITH_TSAN 1
#endif
#ifdef __SANITIZE_ADDRESS__
#define WITH_ASAN 1
#endif

#ifndef WITH_TSAN
#define WITH_TSAN 0
#endif
#ifndef WITH_ASAN
#define WITH_ASAN 0
#endif

#endif
