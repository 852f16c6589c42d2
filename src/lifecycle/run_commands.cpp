#include <algorithm>

#include "lifecycle/run.hpp"

namespace slipway::lifecycle {

namespace {

constexpr int kChild = 100;  // beside the values of WaitKind

int kind_of(WaitKind kind) {
    return static_cast<int>(kind);
}

}  // namespace

std::vector<Command> Run::take_commands() {
    std::vector<Command> commands;
    commands.reserve(commands_.size());
    for (auto& command : commands_) {
        if (command) {
            commands.push_back(*std::move(command));
        }
    }
    return commands;
}

void Run::emit(Command command) {
    if (const auto* child = std::get_if<StartChild>(&command)) {
        const auto token = child->token;
        emit_wait(kChild, token, std::move(command));
        return;
    }
    commands_.emplace_back(std::move(command));
}

void Run::emit_wait(int kind, Id id, Command command) {
    made_[{kind, id}] = commands_.size();
    commands_.emplace_back(std::move(command));
}

/// A wait that was made in this very step leaves no trace.
void Run::emit_remove(WaitKind kind, Id id, bool cancelled) {
    const auto made = made_.find({kind_of(kind), id});
    if (made == made_.end()) {
        commands_.emplace_back(Remove{kind, id, cancelled});
        return;
    }
    commands_[made->second].reset();
    made_.erase(made);
}

void Run::record(HistoryKind kind, const Token& token) {
    emit(Record{.kind = kind, .token = token.id, .scope = token.scope, .element = node(token).element.id, .loop = token.loop});
}

/// Takes back what the token itself waits for.
void Run::release(Token& token, bool cancelled) {
    switch (token.state) {
        case TokenState::external: emit_remove(WaitKind::external_task, token.id, cancelled); break;
        case TokenState::user: emit_remove(WaitKind::user_task, token.id, cancelled); break;
        case TokenState::async_before:
        case TokenState::async_after: emit_remove(WaitKind::continuation, token.id, cancelled); break;
        case TokenState::child: {
            const auto made = made_.find({kChild, token.id});
            if (made != made_.end()) {
                commands_[made->second].reset();
                made_.erase(made);
            } else if (cancelled) {
                emit(CancelChild{token.id});
            }
            break;
        }
        default: break;
    }
}

void Run::remove_subscription(Id id, bool cancelled) {
    instance_.subscriptions.erase(id);
    emit_remove(WaitKind::subscription, id, cancelled);
}

void Run::remove_timer(Id id, bool cancelled) {
    instance_.timers.erase(id);
    emit_remove(WaitKind::timer, id, cancelled);
}

/// @param among are the events to be forgotten; nullptr: all of the owner's.
void Run::remove_waits(Id owner, const std::vector<Index>* among) {
    const auto goes = [&](const auto& wait) { return wait.token == owner && (among == nullptr || std::ranges::find(*among, wait.element) != among->end()); };
    std::erase_if(instance_.subscriptions, [&](const auto& entry) {
        if (goes(entry.second)) {
            emit_remove(WaitKind::subscription, entry.first, true);
            return true;
        }
        return false;
    });
    std::erase_if(instance_.timers, [&](const auto& entry) {
        if (goes(entry.second)) {
            emit_remove(WaitKind::timer, entry.first, true);
            return true;
        }
        return false;
    });
}

void Run::resolve_incidents(Id token) {
    std::erase_if(instance_.incidents, [&](const auto& entry) {
        if (entry.second.token != token) {
            return false;
        }
        emit(ResolveIncident{entry.first});
        return true;
    });
}

}  // namespace slipway::lifecycle
