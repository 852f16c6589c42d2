#pragma once

#include <functional>
#include <memory>
#include <string>

#include "spark/supervisor.hpp"

/// Child processes: posix_spawn, never a shell.
namespace slipway::process {

/// Supervisor over `slipway-jobd`; the protocol of their files stands in src/apps/jobd/main.cpp.
/// @param jobd absolute path of the program.
/// @param ended called, on a thread of its own, when a supervisor that was started here has ended, and look() has something to tell; empty: nobody is told.
std::unique_ptr<spark::Supervisor> make_supervisor(std::string jobd, const Clock& clock, std::function<void()> ended = {});

/// The supervisor program beside this executable.
std::string jobd_beside_us();

}  // namespace slipway::process
