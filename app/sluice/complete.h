/* SPDX-License-Identifier: BSD-3-Clause */
/* Completion for bash: the shell asks the client itself, so it can never disagree with it. */
#ifndef SLUICE_COMPLETE_H
#define SLUICE_COMPLETE_H

/* Print the script that makes bash ask. */
void complete_script(void);

/* Print, one a line, what may stand for the last of the n words of a command line (without the
 * program's name), which is not finished yet. Names of ports come from the daemon at `socket`, if
 * it answers soon. */
void complete_words(char *const *words, int n, const char *socket);

#endif
