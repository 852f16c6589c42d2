#pragma once

#include <optional>
#include <string>

#include "apps/cli/session.hpp"

/// What the commands do. Each answers the exit code of work that was done, or an error.
namespace slipway::cli {

Result<int> list_objects(Session& session);
Result<int> show_object(Session& session);
Result<int> delete_object(Session& session);

Result<int> model_import(Session& session);
Result<int> model_browse(Session& session);
Result<int> model_add(Session& session);
Result<int> snapshot_create(Session& session);
Result<int> job_create(Session& session);
Result<int> job_show(Session& session);
Result<int> job_watch(Session& session);
Result<int> job_logs(Session& session);
Result<int> job_outputs(Session& session);
Result<int> job_cancel(Session& session);
Result<int> job_retry(Session& session);
Result<int> job_reassign(Session& session);
Result<int> deploy_snapshot(Session& session);
Result<int> undeploy_deployment(Session& session);
Result<int> ticket_approve(Session& session);
Result<int> ticket_reject(Session& session);
Result<int> lifecycle_list(Session& session);
Result<int> lifecycle_deploy(Session& session);
Result<int> lifecycle_undeploy(Session& session);
Result<int> lifecycle_show(Session& session);
Result<int> lifecycle_instances(Session& session);
Result<int> lifecycle_retry(Session& session);
Result<int> lifecycle_cancel(Session& session);
Result<int> lifecycle_restart(Session& session);
Result<int> task_list(Session& session);
Result<int> task_show(Session& session);
Result<int> task_claim(Session& session);
Result<int> task_release(Session& session);
Result<int> task_complete(Session& session);
Result<int> ticket_recheck(Session& session);
Result<int> why(Session& session);
Result<int> operation_cancel(Session& session);
Result<int> operation_wait(Session& session);
Result<int> credential_replace(Session& session);

Result<int> event_list(Session& session);
Result<int> event_show(Session& session);

Result<int> login(Session& session);
Result<int> logout(Session& session);
Result<int> context_list(Session& session);
Result<int> context_use(Session& session);
Result<int> context_delete(Session& session);
Result<int> user_add(Session& session);
Result<int> user_passwd(Session& session);
Result<int> passwd(Session& session);
Result<int> client_add(Session& session);

Result<int> config_check(Session& session);
Result<int> config_show(Session& session);
Result<int> serve_command(Session& session);
Result<int> spark_runtime_command(Session& session);
Result<int> print_routes(Session& session);
Result<int> print_version(Session& session);
Result<int> print_documentation(Session& session);
Result<int> print_man_page(Session& session);
Result<int> print_completion(Session& session);
Result<int> offer_words(Session& session);

/// Shared by them.

/// First word of the command: the resource's noun.
std::string_view noun_of(const Session& session);
/// Objects of an answer of the server: `_embedded`'s, or the first array that it has.
json::array items_of(const json::value& answer);
/// The object that an argument names by id, or by name where that is possible. @return `not_found`, or `conflict`/`AMBIGUOUS` listing the candidates.
Result<json::object> find_object(Session& session, const Resource& resource, const std::string& wanted);
Result<std::string> find_id(Session& session, const Resource& resource, const std::string& wanted);
/// Writes an object in the wanted format; with --web its page instead.
Result<int> print_object(Session& session, const Resource& resource, const json::object& object);
/// Why a job that was not launched yet will not be soon: its runtime is offline, its disk is full. Empty where it only waits for its turn, or nobody says.
std::string hold_of(Session& session, const std::string& job_id);
/// Writes an instance of a life cycle with where it is and what it waits for.
Result<int> show_instance(Session& session, const std::string& id);
/// A line for each task of an instance that waits for a person: what, for whom, until when, and the command that completes it.
Result<json::array> open_tasks(Session& session, const std::string& instance_id);
/// A JSON object from a file, or from standard input for `-`.
Result<json::object> read_document(Session& session, const std::string& path);
/// A file as it is. @return `USAGE` naming it.
Result<std::string> read_file_bytes(const std::string& path);
/// Text of a file without its last line break. @return `USAGE` naming it.
Result<std::string> read_text_file(const std::string& path);
/// A secret from `--X-file`, `--X-stdin`, the environment or, on a terminal, a question. Never from the command line itself.
struct SecretSource {
    std::string_view file_flag;
    std::string_view stdin_flag;
    std::string_view variable;
    std::string prompt;
};
Result<Secret> read_secret(Session& session, const SecretSource& source);
/// Follows an operation to its end with a progress bar or lines. @return its last state.
Result<json::object> follow_operation(Session& session, const std::string& id, Milliseconds timeout);
/// Prints the end of an operation and its problems; the exit code says how it ended.
Result<int> finish_operation(Session& session, const json::object& operation);

}  // namespace slipway::cli
