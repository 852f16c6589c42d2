#pragma once

#include <cerrno>
#include <semaphore.h>

namespace slipway {

/// Where one thread waits for another one: a POSIX semaphore. Who is woken has no lock to wait for again, as behind a condition variable, and
/// may destroy the parker at once. (std::binary_semaphore of libstdc++ 12 yields the processor several times before it sleeps.)
class Parker {
public:
    Parker() { ::sem_init(&semaphore_, 0, 0); }
    ~Parker() { ::sem_destroy(&semaphore_); }
    Parker(const Parker&) = delete;
    Parker& operator=(const Parker&) = delete;

    /// Waits for one unpark(), which may have come before. What was written ahead of it can be seen then.
    void park() {
        while (::sem_wait(&semaphore_) != 0 && errno == EINTR) {
        }
    }
    void unpark() { ::sem_post(&semaphore_); }

private:
    sem_t semaphore_{};
};

}  // namespace slipway
