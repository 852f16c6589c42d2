#pragma once

#include <csignal>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

/// What every long-running process of ours does at its start and its end.
namespace slipway::process {

/// No core files (memory has keys), files for us alone, small memory arenas.
void prepare();
/// SIGTERM and SIGINT are taken by wait_for_stop() alone. Must come before the first thread.
sigset_t hold_signals();
/// Waits for a stop and logs it; SIGINT then ends the process at once, SIGTERM says nothing new.
void wait_for_stop(const sigset_t& stops);
/// For people, beside the log: one plain line.
void print_line(const std::string& line);
/// Says why it cannot start. @return 1 for a failure of ours, 2 for what a person mends.
int refuse(const Error& error);
/// Since the process began.
Milliseconds age();

}  // namespace slipway::process
