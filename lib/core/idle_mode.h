/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a worker does while no packets come, and the words for it in the configuration and the API.
 * Each mode begins with what the one before it does. Context: any thread.
 */
#ifndef SLUICE_IDLE_MODE_H
#define SLUICE_IDLE_MODE_H

enum idle_mode {
	IDLE_MODE_POLL,      /* polls on: its CPU is busy for ever, the first packet waits least */
	IDLE_MODE_PAUSE,     /* lets the CPU pause between polls: less power, the same CPU time */
	IDLE_MODE_SLEEP,     /* sleeps for short times between polls */
	IDLE_MODE_INTERRUPT, /* waits for interrupts, where all of its receive queues have them */
};

/* Each at the place of its value, then NULL. */
extern const char *const idle_mode_words[];

/* The word, a constant string; "unknown" for a value that is not of the enum. */
const char *idle_mode_print(enum idle_mode mode);

#endif
