// Calls of Linux that Swift's Glibc module does not show, because they are GNU extensions.
#pragma once

#include <spawn.h>
#include <sys/types.h>

/// A pipe whose ends no child process inherits, see pipe(7) and O_CLOEXEC; 0, or -1 with errno.
int process_pipe(int ends[2]);

/// Lets a process that is to be started close all descriptors from one on; 0, or an error's number.
int process_close_from(posix_spawn_file_actions_t *actions, int first);

/// The core that the calling thread runs on, or -1.
int process_current_core(void);

/// Lets a process or thread (0 for the calling one) run on one core alone; 0, or -1 with errno.
int process_pin(pid_t process, int core);
