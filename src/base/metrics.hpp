#pragma once

#include <map>
#include <memory>
#include <string>

namespace slipway {

/// Counters, gauges and histograms, shown at /actuator/prometheus. Thread-safe. Label values must be bounded (route patterns, not paths).
class Metrics {
public:
    using Labels = std::map<std::string, std::string>;

    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// Adds to a counter, made at first use.
    void count(const std::string& name, const Labels& labels = {}, double by = 1);
    /// Sets a gauge, made at first use.
    void gauge(const std::string& name, const Labels& labels, double value);
    /// Observes seconds in a histogram with buckets from 1 ms to 60 s.
    void seconds(const std::string& name, const Labels& labels, double value);
    /// A histogram with its labels, found once for what is counted often. Lives as long as the Metrics; thread-safe.
    class Histogram {
    public:
        void observe(double seconds) const;

    private:
        friend class Metrics;
        explicit Histogram(void* series) : series_{series} {}
        void* series_;
    };
    Histogram histogram(const std::string& name, const Labels& labels);
    /// Text exposition format 0.0.4.
    std::string expose() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace slipway
