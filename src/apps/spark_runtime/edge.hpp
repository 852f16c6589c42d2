#pragma once

#include <memory>
#include <string>

#include "apps/spark_runtime/spark_runtime.hpp"
#include "store/database.hpp"

namespace slipway::spark_runtime {

/// The parts of an edge runtime, built top to bottom; they go away bottom to top.
class Edge {
public:
    /// Builds everything; nothing runs yet and no peer is asked.
    static Result<std::unique_ptr<Edge>> build(Options options, std::string data_dir);
    ~Edge();

    /// Listens, takes up what the journal knows and begins to work. @return the port of the actuator.
    Result<int> start();
    /// Takes no more jobs, says good-bye to model-manage, joins: within five seconds where all answer, ten where a peer hangs. Idempotent.
    /// @return false when something waits in a library that cannot be told to stop (libkrb5 for a Key Distribution Centre, a resolver): then end the process,
    ///         as that goes on with the parts of this object.
    bool stop();

private:
    struct Parts;
    explicit Edge(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace slipway::spark_runtime
