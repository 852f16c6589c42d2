#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/kerberos/keeper.hpp"
#include "apps/config/config.hpp"
#include "base/health.hpp"
#include "base/http_transport.hpp"
#include "spark/submission.hpp"
#include "spark/supervisor.hpp"

namespace slipway::spark_runtime {

/// What an edge does with Kerberos: a ticket in a cache of its own for what it asks itself, a copy of the ticket for each job, SPNEGO to the services of the
/// cluster. Without a principal in the configuration it changes nothing.
class Kerberos {
public:
    /// Sets KRB5CCNAME and KRB5_CONFIG of this process, whatever they were: GSS-API reads them there. Call it before there are threads.
    /// @param plain for whom Kerberos is nothing; must outlive it, as must `clock`.
    Kerberos(const config::Config& config, const std::string& data_dir, HttpTransport& plain, const Clock& clock);
    ~Kerberos();

    bool enabled() const { return keeper_ != nullptr; }
    /// For the services of the cluster.
    HttpTransport& to_cluster();
    /// For stores: HDFS with SPNEGO, others without.
    HttpTransport& to_stores();
    /// The same supervisor, which gives each program a copy of the ticket and takes it away at its end.
    std::unique_ptr<spark::Supervisor> with_tickets(std::unique_ptr<spark::Supervisor> inner);
    /// What spark-submit and Java must be told.
    void describe(spark::SparkHost& host) const;
    void start();
    void stop();
    Health health() const;

private:
    class Spnego;
    class TicketedSupervisor;
    kerberos::Keeper::Copies refresh_copies(const Secret& cache, const kerberos::Keeper::Copies& only) const;

    HttpTransport& plain_;
    std::string principal_;
    std::string krb5_conf_;
    std::string jobs_dir_;
    mutable std::mutex copying_;  ///< one at a time: an older ticket must not come after a newer one
    int owner_{-1};               ///< of the copies: jobUser
    int group_{-1};
    std::unique_ptr<HttpTransport> negotiating_;
    std::unique_ptr<kerberos::Keeper> keeper_;
    std::unique_ptr<HttpTransport> cluster_;
    std::unique_ptr<HttpTransport> stores_;
};

}  // namespace slipway::spark_runtime
