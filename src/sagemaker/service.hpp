#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/worker_pool.hpp"
#include "registry/registry.hpp"
#include "sagemaker/api.hpp"
#include "sagemaker/credential_checks.hpp"
#include "sagemaker/entered_credentials.hpp"
#include "sagemaker/fan_out.hpp"
#include "sagemaker/import_request.hpp"
#include "sagemaker/index.hpp"
#include "sagemaker/mapping.hpp"
#include "sagemaker/progress.hpp"

namespace slipway::sagemaker {

struct Settings {
    CredentialSettings credentials;
    std::size_t imports_at_once{3};
    std::size_t calls_at_once{8};  ///< of one import
};

/// Code of problems that say that a secret of the request was sealed; nothing is missing because of them.
inline constexpr std::string_view kSealed = "SECRET_SEALED";

/// Reason and code of what is refused since keys are of another AWS account than the one that is meant.
inline constexpr std::string_view kAccountMismatch = "ACCOUNT_MISMATCH";

/// How long a person's request waits for AWS, all calls together.
inline constexpr Milliseconds kPatience{10000};

/// A credential as people see it: no secrets.
struct ShownCredential {
    Credential credential;
    std::optional<Timestamp> created;
    std::string created_by;
    std::optional<CredentialCheck> check;
};

/// A model of the account.
struct BrowsedModel {
    std::string name;
    std::string arn;
    std::optional<Timestamp> created;
    std::optional<std::string> stored_model_id;  ///< when imported and visible to the caller
};
struct Browsed {
    std::vector<BrowsedModel> models;  ///< newest first
    std::string region;
    std::string account;
    bool truncated{false};
};

/// What prepare_import() heard of AWS, to be stored by start_import().
struct PreparedImport {
    ImportRequest request;
    std::string group;
    Credential credential;
    Place place;
    json::object answer;  ///< DescribeModel
    std::optional<Tags> tags;
    std::optional<AwsError> tags_error;
    CallLedger::Totals calls;
    std::string key;  ///< one such import at a time
};

/// Browsing and importing of SageMaker accounts. Built once by apps/wiring; thread-safe. Methods that call AWS block: run them on the outbound pool.
class SageMakerService {
public:
    /// @param pool runs the imports and helps each of them with its calls; it must outlive the service.
    SageMakerService(registry::Registry& registry, AwsGateway& gateway, Settings settings, WorkerPool& pool);
    /// Stops.
    ~SageMakerService();

    registry::Operations& operations() { return registry_.operations(); }
    store::Store& store() { return registry_.foundation().store; }

    /// Goes on with all RUNNING imports that nobody runs: at start, and as a background task. Idempotent.
    Result<void> resume_running();
    /// Gives up calls that people wait for, and halts running imports; they stay RUNNING and go on after the next start. Does not wait.
    void halt();
    /// halt(), and waits until none runs. Idempotent.
    void stop();
    /// Waits until no import runs or waits.
    void wait_idle();

    /// Calls AWS: who, where, and is there such a model?
    /// @return `not_found`/`NOT_FOUND` for an unknown model, `failed_precondition` when AWS refuses, `unavailable` when it cannot be reached.
    Result<PreparedImport> prepare_import(const identity::Principal& who, ImportRequest request);
    /// Stores model, credential and operation; secrets in its assets are sealed and named as problems of code kSealed. @return `conflict`/`ALREADY_RUNNING`:
    /// find the running one with running().
    Result<registry::Operation> start_import(store::Unit& unit, const identity::Principal& who, const PreparedImport& prepared);
    Result<std::optional<registry::Operation>> running(const PreparedImport& prepared);
    /// Lets a started import run, after its transaction was committed.
    void run(const std::string& operation_id);

    /// @return `not_found`, `conflict`/`ALREADY_ENDED`. Call cancelled() after the commit.
    Result<registry::Operation> cancel(store::Unit& unit, const identity::Principal& who, std::string_view id);
    void cancelled(const std::string& operation_id);

    Result<std::vector<ShownCredential>> credentials(store::Session& sql, const identity::Principal& who);
    /// Checks new keys with STS. @return `not_found`, `conflict`/`CONFIGURED`, `forbidden`, or why AWS refuses them.
    Result<Credential> check_replacement(const identity::Principal& who, const std::string& id, Credential keys);
    Result<ShownCredential> replace_credential(store::Unit& unit, const identity::Principal& who, const std::string& id, const Credential& keys);
    Result<void> remove_credential(store::Unit& unit, const identity::Principal& who, const std::string& id);
    /// After the commit: forgets sessions under the old keys.
    void credential_changed(const std::string& id);

    /// A client of the account for work on a model of `group`: the credential of that id, else the one that serves it. Makes no call. Not inside a transaction.
    /// @return `not_found`, `failed_precondition`/`NO_CREDENTIALS`.
    Result<std::shared_ptr<SageMakerApi>> connect(const identity::Principal& who, const std::string& group, const std::string& region, const std::string& model,
                                                  const std::string& credential_id);

    struct Reach {
        std::shared_ptr<SageMakerApi> api;
        std::string reader;  ///< reader_name() of the credential
        Credential credential;
        std::string region;
    };
    /// connect() for the service itself: the credential that brought the model in, while there is one, else the one that serves it.
    Result<Reach> reach_for(const std::string& group, const std::string& region, const std::string& model, const std::string& stored_model_id);
    /// As reach_for(), with the credential of that id where one is named.
    Result<Reach> reach_for(const std::string& group, const std::string& region, const std::string& model, const std::string& stored_model_id,
                            const std::string& credential_id);
    /// What it may read of S3. Makes no call.
    std::shared_ptr<S3Reader> objects(const Reach& reach) { return gateway_.objects(reach.credential, reach.region); }
    /// Nothing is asked of, or believed from, another account than the one that is meant. STS is asked once an hour for each reader;
    /// while it is away, what it said before is believed, but of the default chain.
    /// @param account empty: not known, any will do. @return an error that is_other_account(), or why STS cannot be asked.
    AwsResult<void> require_account(const Reach& reach, const std::string& account, const CallOptions& options);
    Index& index() { return index_; }
    FanOut& fan() { return fan_; }

    struct BrowseQuery {
        std::string credential_id;
        std::string region;
        std::string text;                     ///< part of the name, any case
        std::optional<Credential> entered{};  ///< keys for this one look; nothing of them is kept
    };
    Result<Browsed> browse(const identity::Principal& who, const BrowseQuery& query);

private:
    struct Chosen {
        Credential credential;
        std::string region;
    };
    Reach reach_of(Chosen chosen);
    AwsResult<std::string> account_of(const Reach& reach, const CallOptions& options);
    /// AWS told whose account the credential is.
    void note_account(const std::string& reader, const std::string& account);
    Result<Chosen> choose(const identity::Principal& who, const std::string& group, const std::string& region, const std::string& model,
                          const std::string& credential_id);
    /// Keys that are not stored (yet), under an id of their own: nobody else's session is used. forget() it afterwards.
    Result<Chosen> on_trial(const Credential& keys, const std::string& group, const std::string& region);
    /// The entered keys of an import, else what choose() finds.
    Result<Chosen> credential_for(const identity::Principal& who, const std::string& group, const ImportRequest& request);
    Result<Credential> credential_by_id(const identity::Principal& who, const std::string& id);
    Result<EnteredCredential> entered(store::Session& sql, const identity::Principal& who, const std::string& id, identity::Action action);
    /// @return `conflict`/`ACCOUNT_MISMATCH` when models of another account depend on the credential.
    Result<void> serves_models_of(const std::string& credential_id, const std::string& account);
    Result<std::string> region_of(const Credential& credential, const std::string& asked) const;
    Result<void> name_imported(const identity::Principal& who, Browsed& browsed);

    Result<registry::Changed> store_model(store::Unit& unit, const identity::Principal& who, const PreparedImport& prepared);
    Result<registry::Changed> new_model(store::Unit& unit, const PreparedImport& prepared);
    Result<registry::Changed> known_model(store::Unit& unit, const identity::Principal& who, const PreparedImport& prepared, const store::Entity& before);

    struct Waiting {
        std::string id;
        std::string group;
    };
    void enqueue(const std::string& operation_id, const std::string& group);
    /// Whose turn it is: the group of which the fewest run, first come first served among those. The lock is held.
    std::deque<Waiting>::iterator next_waiting();
    /// Posts waiting imports while there is room. The lock is held.
    void pump();
    void work(const std::string& operation_id, const std::string& group);
    void show_live(const std::string& operation_id, Progress* progress);
    /// An exception of `work` as an error.
    static Result<void> guarded(const std::function<Result<void>()>& work);
    /// The import broke: it is tried again, but not for ever.
    Result<void> broke(const std::string& operation_id, const Error& error);
    Result<void> run_one(const std::string& operation_id);
    void remember_check(const Credential& credential, const registry::Operation& operation);

    registry::Registry& registry_;
    AwsGateway& gateway_;
    Settings settings_;
    WorkerPool& pool_;
    FanOut fan_;
    EnteredCredentials entered_;
    CredentialChecks checks_;
    Index index_;

    struct KnownAccount {
        std::string account;
        Steady at{};
    };
    std::mutex accounts_mutex_;
    std::map<std::string, KnownAccount> accounts_;  ///< by reader

    std::mutex mutex_;
    std::condition_variable idle_;
    std::deque<Waiting> waiting_;
    std::multiset<std::string> running_groups_;
    std::map<std::string, Progress*> live_;  ///< running ones; null while one is made ready
    std::map<std::string, int> breaks_;      ///< by operation: how often it broke
    std::size_t posted_{0};
    std::atomic<bool> stopping_{false};
};

/// The keys are those of another AWS account than the one that is meant: reason `ACCOUNT_MISMATCH`.
bool is_other_account(const AwsError& error);

/// What a call to AWS that was given up because the server stops answers: try again.
std::unexpected<Error> stopped();

/// An AWS failure as an answer to a person: AWS's code in its words, never as if the caller were unknown to Slipway.
Error told(const AwsError& error);
/// told() about keys that stand at `at` of the request: names the member that AWS refuses.
Error told_of_keys(const AwsError& error, const std::string& at);

}  // namespace slipway::sagemaker
