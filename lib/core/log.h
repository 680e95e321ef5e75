/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Log lines on stderr: "sluiced: warning: text". When stderr is the journal's
 * (JOURNAL_STREAM names it) each line gets the "<N>" priority prefix of sd-daemon(3) instead of the
 * level's word.
 *
 * Context: any thread except workers once they forward (the packet path counts, it never logs).
 */
#ifndef SLUICE_LOG_H
#define SLUICE_LOG_H

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* The most talkative level that is printed; LOG_LEVEL_INFO until set. Init only. */
void log_set_level(enum log_level level);

void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_err(...)   log_line(LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
