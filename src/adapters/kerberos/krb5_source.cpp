// The one file that knows libkrb5.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <krb5.h>
#include <profile.h>
#include <unistd.h>
#include <vector>

#include "adapters/kerberos/keeper.hpp"

namespace slipway::kerberos {
namespace {

constexpr krb5_error_code kProtocolErrors = 128;      // of RFC 4120, at the begin of the library's own
constexpr int kMostServices = 64;                     // the cluster's own addresses are asked first, and so are in front of its NodeManagers
constexpr krb5_deltat kRenewableFor = 7 * 24 * 3600;  // the Key Distribution Centre gives less where its rules say so

/// A context with what was opened in it; closes in the right order.
class Session {
public:
    Session() = default;
    ~Session() {
        if (context_ == nullptr) {
            return;
        }
        ::krb5_free_cred_contents(context_, &credentials);
        if (cache != nullptr) {
            ::krb5_cc_destroy(context_, cache);
        }
        if (keytab != nullptr) {
            ::krb5_kt_close(context_, keytab);
        }
        if (options != nullptr) {
            ::krb5_get_init_creds_opt_free(context_, options);
        }
        ::krb5_free_principal(context_, principal);
        ::krb5_free_context(context_);
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// @param config krb5.conf; empty: the usual ones.
    krb5_error_code open(const std::string& config) {
        if (config.empty()) {
            return ::krb5_init_context(&context_);
        }
        profile_t profile = nullptr;
        if (const auto code = ::profile_init_path(config.c_str(), &profile); code != 0) {
            return static_cast<krb5_error_code>(code);
        }
        const auto code = ::krb5_init_context_profile(profile, 0, &context_);
        ::profile_release(profile);
        return code;
    }
    krb5_context context() const { return context_; }
    std::string words(krb5_error_code code) const {
        const auto* text = ::krb5_get_error_message(context_, code);
        std::string out{text != nullptr ? text : "unknown error"};
        ::krb5_free_error_message(context_, text);
        return out;
    }

    krb5_principal principal{nullptr};
    krb5_keytab keytab{nullptr};
    krb5_ccache cache{nullptr};
    krb5_get_init_creds_opt* options{nullptr};
    krb5_creds credentials{};

private:
    krb5_context context_{nullptr};
};

/// What a person can do about it.
std::string advice(krb5_error_code code) {
    switch (code) {
        case KRB5_KDC_UNREACH:
        case KRB5_REALM_CANT_RESOLVE:
        case KRB5_REALM_UNKNOWN: return "check that a Key Distribution Centre of the realm in krb5.conf can be reached.";
        case KRB5KRB_AP_ERR_SKEW:
        case KRB5KDC_ERR_NEVER_VALID: return "set this host's clock: it may differ by five minutes at most.";
        case KRB5_KT_NOTFOUND: return "the keytab has no key of the principal: compare with klist -kt.";
        case KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN: return "the realm does not know the principal: check spark-runtime.kerberos.principal.";
        case KRB5KDC_ERR_PREAUTH_FAILED:
        case KRB5KRB_AP_ERR_BAD_INTEGRITY: return "the key in the keytab is not the principal's current one: have the keytab made anew.";
        case KRB5KDC_ERR_CLIENT_REVOKED:
        case KRB5KDC_ERR_NAME_EXP:
        case KRB5KDC_ERR_KEY_EXP: return "the principal is locked or has expired.";
        default: return "see docs/kerberos.md.";
    }
}

bool is_refusal(krb5_error_code code) {
    return code != KRB5_KDC_UNREACH && code != KRB5_REALM_CANT_RESOLVE && code != KRB5_REALM_UNKNOWN && code != ENOENT && code != EACCES;
}

/// Whether the Key Distribution Centre itself said no: with everything else nothing is known of the service.
bool is_its_answer(krb5_error_code code) {
    return code >= KRB5KDC_ERR_NONE && code < KRB5KDC_ERR_NONE + kProtocolErrors;
}

/// The credentials that a cache holds.
class Held {
public:
    Held(krb5_context context, krb5_ccache cache) : context_{context} {
        krb5_cc_cursor cursor = nullptr;
        if (::krb5_cc_start_seq_get(context_, cache, &cursor) != 0) {
            return;
        }
        for (krb5_creds one{}; ::krb5_cc_next_cred(context_, cache, &cursor, &one) == 0; one = {}) {
            all_.push_back(one);
        }
        ::krb5_cc_end_seq_get(context_, cache, &cursor);
    }
    ~Held() {
        for (auto& one : all_) {
            ::krb5_free_cred_contents(context_, &one);
        }
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    std::vector<krb5_creds>& all() { return all_; }

private:
    krb5_context context_;
    std::vector<krb5_creds> all_;
};

constexpr std::string_view kTemporary = "ticket-";
constexpr std::string_view kRandom = "XXXXXX";

class Krb5Source final : public TicketSource {
public:
    Krb5Source(std::string principal, std::string keytab, std::string config, std::string scratch)
        : principal_{std::move(principal)}, keytab_{std::move(keytab)}, config_{std::move(config)}, scratch_{std::move(scratch)} {
        sweep();
    }

    Result<Ticket> obtain() override {
        SW_CHECK(check_keytab());
        Session session;
        SW_CHECK(begin(session));
        auto code = ::krb5_kt_resolve(session.context(), ("FILE:" + keytab_).c_str(), &session.keytab);
        code = code != 0 ? code : ::krb5_get_init_creds_opt_alloc(session.context(), &session.options);
        if (code == 0) {
            ::krb5_get_init_creds_opt_set_forwardable(session.options, 1);
            ::krb5_get_init_creds_opt_set_renew_life(session.options, kRenewableFor);
            code = ::krb5_get_init_creds_keytab(session.context(), &session.credentials, session.principal, session.keytab, 0, nullptr, session.options);
        }
        return code == 0 ? ticket_of(session) : failure(session, code);
    }

    Result<Ticket> renew(const Ticket& ticket) override {
        Session session;
        SW_CHECK(begin(session));
        const TemporaryCache file{scratch_, ticket.cache};
        krb5_ccache held = nullptr;
        auto code = ::krb5_cc_resolve(session.context(), file.name().c_str(), &held);
        if (code == 0) {
            code = ::krb5_get_renewed_creds(session.context(), &session.credentials, session.principal, held, nullptr);
            ::krb5_cc_close(session.context(), held);
        }
        return code == 0 ? ticket_of(session) : failure(session, code);
    }

    Result<Ticket> kept(const std::string& cache_file) const override {
        Session session;
        SW_CHECK(begin(session));
        krb5_ccache held = nullptr;
        auto code = ::krb5_cc_resolve(session.context(), ("FILE:" + cache_file).c_str(), &held);
        if (code == 0) {
            code = granting_ticket(session, held);
            ::krb5_cc_close(session.context(), held);
        }
        if (code != 0) {
            return fail(ErrorCode::not_found, "NO_TICKET", fmt::format("{} holds no ticket of {}: {}.", cache_file, principal_, session.words(code)));
        }
        return ticket_of(session);
    }

    Secret with_services(const Ticket& fresh, const std::string& cache_file) const override {
        Session session;
        if (!begin(session)) {
            return fresh.cache;
        }
        const TemporaryCache file{scratch_, fresh.cache};
        krb5_ccache before = nullptr;
        auto code = ::krb5_cc_resolve(session.context(), file.name().c_str(), &session.cache);
        code = code != 0 ? code : ::krb5_cc_resolve(session.context(), ("FILE:" + cache_file).c_str(), &before);
        if (code != 0) {
            return fresh.cache;
        }
        Held held{session.context(), before};
        ::krb5_cc_close(session.context(), before);
        add_services(session, held.all());
        const auto bytes = file.bytes();
        return bytes.empty() ? fresh.cache : bytes;
    }

    Result<void> check_keytab() const override {
        if (::access(keytab_.c_str(), R_OK) == 0) {
            return {};
        }
        return fail(ErrorCode::unavailable, "KEYTAB", fmt::format("The keytab of spark-runtime.kerberos.keytab cannot be read: {}.", std::strerror(errno)));
    }

private:
    /// Caches of a process that was killed: whole tickets.
    void sweep() const {
        std::error_code problem;
        for (const auto& entry : std::filesystem::directory_iterator{scratch_, problem}) {
            const auto name = entry.path().filename().string();
            if (name.starts_with(kTemporary) && name.size() == kTemporary.size() + kRandom.size() && entry.is_regular_file(problem) &&
                !entry.is_symlink(problem)) {
                ::unlink(entry.path().c_str());
            }
        }
    }

    /// A FILE cache that goes with its object.
    class TemporaryCache {
    public:
        TemporaryCache(const std::string& folder, const Secret& bytes) {
            auto path = folder + "/" + std::string{kTemporary} + std::string{kRandom};
            const int fd = ::mkstemp(path.data());  // mode 0600
            if (fd >= 0) {
                path_ = path;
                static_cast<void>(!::write(fd, bytes.reveal().data(), bytes.reveal().size()));
                ::close(fd);
            }
        }
        ~TemporaryCache() { ::unlink(path_.c_str()); }
        TemporaryCache(const TemporaryCache&) = delete;
        TemporaryCache& operator=(const TemporaryCache&) = delete;
        std::string name() const { return "FILE:" + path_; }
        Secret bytes() const {
            std::ifstream in{path_, std::ios::binary};
            return Secret{std::string{std::istreambuf_iterator<char>{in}, {}}};
        }

    private:
        std::string path_;
    };

    Result<void> begin(Session& session) const {
        std::error_code problem;
        std::filesystem::create_directories(scratch_, problem);
        std::filesystem::permissions(scratch_, std::filesystem::perms{0700}, problem);
        if (const auto code = session.open(config_); code != 0) {
            return fail(ErrorCode::unavailable, "KERBEROS_CONFIG",
                        fmt::format("Kerberos cannot be set up: {} cannot be read ({}).", config_.empty() ? "krb5.conf" : config_, session.words(code)));
        }
        if (const auto code = ::krb5_parse_name(session.context(), principal_.c_str(), &session.principal); code != 0) {
            return std::unexpected(failure(session, code).error());
        }
        return {};
    }

    /// Finds our principal's ticket-granting ticket of its own realm in a cache.
    static krb5_error_code granting_ticket(Session& session, krb5_ccache held) {
        const auto& realm = session.principal->realm;
        krb5_creds wanted{};
        wanted.client = session.principal;
        auto code = ::krb5_build_principal(session.context(), &wanted.server, realm.length, realm.data, KRB5_TGS_NAME, realm.data, nullptr);
        if (code == 0) {
            code = ::krb5_cc_retrieve_cred(session.context(), held, 0, &wanted, &session.credentials);
            ::krb5_free_principal(session.context(), wanted.server);
        }
        return code;
    }

    /// Whether it is our ticket for a service, and one that a cache without it would ask for again.
    static bool is_for_service(const Session& session, const krb5_creds& one) {
        const auto* server = one.server;
        const bool granting = server->length > 0 && std::string_view{server->data[0].data, server->data[0].length} == KRB5_TGS_NAME;
        return !granting && one.is_skey == 0 && ::krb5_is_config_principal(session.context(), server) == 0 &&
               ::krb5_principal_compare(session.context(), one.client, session.principal) != 0;
    }

    /// To the session's cache, which has a granting ticket.
    static void add_services(Session& session, std::vector<krb5_creds>& before) {
        krb5_timestamp now = 0;
        ::krb5_timeofday(session.context(), &now);
        bool answered = true;
        int asked = 0;
        for (auto& one : before) {
            if (!is_for_service(session, one) || ++asked > kMostServices) {
                continue;
            }
            krb5_creds wanted{};
            wanted.client = session.principal;
            wanted.server = one.server;
            krb5_creds* got = nullptr;
            const krb5_error_code code = answered ? ::krb5_get_credentials(session.context(), 0, session.cache, &wanted, &got) : 0;
            ::krb5_free_creds(session.context(), got);
            answered = answered && (code == 0 || is_its_answer(code));
            if (!answered && static_cast<std::uint32_t>(one.times.endtime) > static_cast<std::uint32_t>(now)) {
                static_cast<void>(::krb5_cc_store_cred(session.context(), session.cache, &one));
            }
        }
    }

    Result<Ticket> failure(const Session& session, krb5_error_code code) const {
        return fail(is_refusal(code) ? ErrorCode::unauthenticated : ErrorCode::unavailable, "KERBEROS",
                    fmt::format("No Kerberos ticket for {}: {}; {}", principal_, session.words(code), advice(code)), fmt::format("krb5 {}", code));
    }

    /// Writes the credentials to a cache of the FILE kind, the one that Java reads as well.
    Result<Ticket> ticket_of(Session& session) const {
        const TemporaryCache file{scratch_, Secret{}};
        auto code = ::krb5_cc_resolve(session.context(), file.name().c_str(), &session.cache);
        code = code != 0 ? code : ::krb5_cc_initialize(session.context(), session.cache, session.principal);
        code = code != 0 ? code : ::krb5_cc_store_cred(session.context(), session.cache, &session.credentials);
        if (code != 0) {
            return failure(session, code);
        }
        const auto& times = session.credentials.times;
        const auto at = [](krb5_timestamp time) { return from_epoch_ms(static_cast<std::int64_t>(static_cast<std::uint32_t>(time)) * 1000); };
        return Ticket{.start = at(times.starttime != 0 ? times.starttime : times.authtime),
                      .end = at(times.endtime),
                      .renewable_until = times.renew_till != 0 ? at(times.renew_till) : at(times.endtime),
                      .cache = file.bytes()};
    }

    const std::string principal_;
    const std::string keytab_;
    const std::string config_;
    const std::string scratch_;
};

}  // namespace

std::unique_ptr<TicketSource> make_krb5_source(std::string principal, std::string keytab, std::string config, std::string scratch) {
    return std::make_unique<Krb5Source>(std::move(principal), std::move(keytab), std::move(config), std::move(scratch));
}

}  // namespace slipway::kerberos
