#pragma once

#include <exception>
#include <fmt/format.h>
#include <string>

#include "store/database.hpp"
#include "store/later.hpp"

namespace slipway::db {

/// What both engines have in common: after a failed statement a transaction can only be undone (PostgreSQL's rule; on SQLite kept
/// by this class, so that both behave alike), and text must be text.
template <typename Connection>
class CheckedSession final : public store::Session, public store::LaterSession {
public:
    CheckedSession(Connection& connection, store::Dialect dialect) : connection_{connection}, dialect_{dialect} {}

    Result<store::Rows> query(std::string_view sql, const store::Values& parameters) override {
        return guarded<store::Rows>(parameters, [&] { return connection_.query(sql, parameters); });
    }
    Result<std::int64_t> execute(std::string_view sql, const store::Values& parameters) override {
        return guarded<std::int64_t>(parameters, [&] { return connection_.execute(sql, parameters); });
    }
    Result<void> execute_later(std::string_view sql, store::Values parameters) override {
        return guarded<void>(parameters, [&]() -> Result<void> {
            if constexpr (requires { connection_.queue(sql, std::move(parameters)); }) {
                connection_.queue(sql, std::move(parameters));
            } else {
                SW_CHECK(connection_.execute(sql, parameters));
            }
            return {};
        });
    }
    store::Dialect dialect() const override { return dialect_; }

    /// The first failure of a statement: the transaction must be undone even when `work` says that all is well.
    const std::optional<Error>& failure() const { return failure_; }

    /// Runs `work`; exceptions become errors, since none may cross a module.
    Result<void> run(const store::Work& work) {
        try {
            auto result = work(*this);
            if (result && failure_) {
                return std::unexpected(*failure_);
            }
            return result;
        } catch (const std::exception& problem) {
            return fail(ErrorCode::internal, "INTERNAL", "Something went wrong inside; nothing was changed.", fmt::format("exception: {}", problem.what()));
        }
    }

private:
    template <typename T, typename Action>
    Result<T> guarded(const store::Values& parameters, const Action& action) {
        if (failure_) {
            return std::unexpected(*failure_);
        }
        for (const auto& value : parameters) {
            const auto* text = std::get_if<std::string>(&value);
            if (text != nullptr && text->find('\0') != std::string::npos) {
                failure_ = Error{ErrorCode::invalid_argument, "INVALID", "A text must not contain the character NUL (U+0000).", {}, {}};
                return std::unexpected(*failure_);
            }
        }
        Result<T> result = action();
        if (!result) {
            failure_ = result.error();
        }
        return result;
    }

    Connection& connection_;
    store::Dialect dialect_;
    std::optional<Error> failure_;
};

/// Aborts when a thread opens a transaction or read inside another one: on one connection it would wait for itself for ever.
class NotNested {
public:
    NotNested() {
        SW_ASSERT(!inside_, "transact() or read() was called inside another one");
        inside_ = true;
    }
    ~NotNested() { inside_ = false; }
    NotNested(const NotNested&) = delete;
    NotNested& operator=(const NotNested&) = delete;

private:
    static inline thread_local bool inside_ = false;
};

}  // namespace slipway::db
