#include "base/metrics.hpp"

#include <exception>
#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/error.hpp"

namespace slipway {

namespace {

template <typename Family>
using Families = std::map<std::string, Family*>;

}  // namespace

struct Metrics::Impl {
    prometheus::Registry registry;
    std::mutex mutex;
    Families<prometheus::Family<prometheus::Counter>> counters;
    Families<prometheus::Family<prometheus::Gauge>> gauges;
    Families<prometheus::Family<prometheus::Histogram>> histograms;

    /// The family of that name, made at first use. Names stand in our own code: a wrong one is a bug.
    template <typename Family, typename Builder>
    Family& family(Families<Family>& known, const std::string& name, Builder builder) {
        const std::lock_guard lock{mutex};
        auto& place = known[name];
        if (place == nullptr) {
            try {
                place = &builder.Name(name).Register(registry);
            } catch (const std::exception&) {
                SW_ASSERT(false, "metric " + name + " has a bad name or is of two kinds");
            }
        }
        return *place;
    }
};

Metrics::Metrics() : impl_{std::make_unique<Impl>()} {}
Metrics::~Metrics() = default;

void Metrics::count(const std::string& name, const Labels& labels, double by) {
    impl_->family(impl_->counters, name, prometheus::BuildCounter()).Add(labels).Increment(by);
}

void Metrics::gauge(const std::string& name, const Labels& labels, double value) {
    impl_->family(impl_->gauges, name, prometheus::BuildGauge()).Add(labels).Set(value);
}

Metrics::Histogram Metrics::histogram(const std::string& name, const Labels& labels) {
    static const prometheus::Histogram::BucketBoundaries kBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
    return Histogram{&impl_->family(impl_->histograms, name, prometheus::BuildHistogram()).Add(labels, kBuckets)};
}

void Metrics::Histogram::observe(double seconds) const {
    static_cast<prometheus::Histogram*>(series_)->Observe(seconds);
}

void Metrics::seconds(const std::string& name, const Labels& labels, double value) {
    histogram(name, labels).observe(value);
}

std::string Metrics::expose() const {
    return prometheus::TextSerializer{}.Serialize(impl_->registry.Collect());
}

}  // namespace slipway
