#pragma once

#include <initializer_list>
#include <string_view>

/// Keeps the output of a program from filling the disk. No code of the rest of Slipway: the supervisor stays small.
namespace jobd {

/// The middle of an output that grows beyond all reading gives its blocks back to the disk, which also has the runtime's journal. Its first and its last 32 MiB
/// stay: more than model-manage keeps, and the end, where people look first. Sizes and offsets do not change.
void spare_disk(std::initializer_list<std::string_view> paths);

/// Interrupts what waits (EINTR) every two seconds, by SIGUSR2. Once, in the supervisor alone.
void start_ticking();

}  // namespace jobd
