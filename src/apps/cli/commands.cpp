#include <algorithm>

#include "apps/cli/command_flags.hpp"
#include "apps/cli/handlers.hpp"

namespace slipway::cli {
namespace {

Flags secret_key() {
    return {{"--access-key-id", "", "ID", "AWS access key id"},
            {"--secret-access-key-file", "", "FILE", "File with the secret access key", Offers::file},
            {"--secret-access-key-stdin", "", "", "Read the secret access key from standard input"},
            {"--session-token-file", "", "FILE", "File with the session token of temporary keys", Offers::file}};
}
Flags password() {
    return {{"--password-stdin", "", "", "Read the password from standard input"}, {"--password-file", "", "FILE", "File with the password", Offers::file}};
}

std::vector<Command> server_commands() {
    const Flag config{"--config", "-c", "FILE", "Configuration file (else /etc/slipway/slipway.yaml, if it is there)", Offers::file};
    return {
        {"serve",
         "Run the server",
         "Without any configuration it listens on 127.0.0.1:8080 and keeps its data in SQLite in the data directory. Logs are lines of JSON on standard error. "
         "SIGTERM ends it cleanly.",
         {},
         {{"--listen", "", "ADDRESS", "Address to listen on, host:port"},
          {"--data-dir", "", "DIR", "Data directory (else SLIPWAY_DATA_DIR, /var/lib/slipway for root, ~/.local/share/slipway)", Offers::file},
          config},
         serve_command,
         {"slipway serve", "slipway serve --listen 0.0.0.0:8080 --data-dir /var/lib/slipway"}},
        {"spark-runtime",
         "Run the edge runtime that submits jobs to a Spark cluster",
         "Enrols itself at model-manage, takes the jobs of its runtime, submits them with spark-submit and follows them to their end. Needs no inbound "
         "connection; "
         "its actuator listens on 127.0.0.1:8090. SIGTERM ends it cleanly, running jobs go on.",
         {},
         {{"--listen", "", "ADDRESS", "Address of the actuator, host:port"},
          {"--data-dir", "", "DIR", "Data directory (else that of serve with -spark-runtime behind it)", Offers::file},
          config},
         spark_runtime_command,
         {"slipway spark-runtime --config /etc/slipway/spark-runtime.yaml"}},
        {"config check",
         "Check the configuration and name every fault",
         "Exits 2 when there is one.",
         {},
         {config},
         config_check,
         {"slipway config check --config slipway.yaml"}},
        {"config show",
         "Show every value of the configuration, secrets masked",
         "",
         {},
         {{"--origin", "", "", "Say where each value comes from"}, config},
         config_show,
         {"slipway config show --origin"}},
    };
}

std::vector<Command> sign_in_commands() {
    return {
        {"login",
         "Sign in at a server",
         "With a name the password is asked for, or comes from standard input, a file or SLIPWAY_PASSWORD. Without one, where an identity provider knows the "
         "people, you sign in there: in a browser that opens here and comes back, where the server offers that and there is one; else an address and a code "
         "are "
         "shown, for a browser on any machine. Tokens are kept in a context and renewed by themselves; those that it "
         "had before are revoked.",
         {{"URL", "Address of the server (SLIPWAY_URL, else http://127.0.0.1:8080)", Offers::nothing, true}},
         Flags{{"--user", "-u", "NAME", "Who signs in"}} + password() +
             Flags{{"--device", "", "", "By a code that is typed in a browser on any machine"}, {"--context", "", "NAME", "Name of the context (the host)"}},
         login,
         {"slipway login https://models.example.com", "slipway login https://models.example.com -u ana", "slipway login -u admin --password-file secret.txt"}},
        {"logout",
         "Revoke and forget the tokens of a context",
         "They end at the server, or at the identity provider where that takes tokens back; where it cannot be reached, that is said, and they are forgotten "
         "all "
         "the same.",
         {},
         {{"--context", "", "NAME", "Context instead of the current one", Offers::context}},
         logout,
         {}},
        {"passwd",
         "Change your own password",
         "Asks for the one in use, or reads it from a file or SLIPWAY_CURRENT_PASSWORD. Ends all your sessions and tokens.",
         {},
         Flags{{"--current-password-file", "", "FILE", "File with the password in use", Offers::file}} + password() + connection(),
         passwd,
         {}},
        {"context list", "List the servers one signed in at", "", {}, {kOutput}, context_list, {}},
        {"context use", "Make a context the current one", "", {{"CONTEXT", "Name of the context", Offers::context}}, {}, context_use, {}},
        {"context delete", "Remove a context, and revoke its tokens", "", {{"CONTEXT", "Name of the context", Offers::context}}, {}, context_delete, {}},
    };
}

std::vector<Command> model_commands() {
    return {
        {"model list",
         "List business models",
         "",
         {},
         listed(),
         list_objects,
         {"slipway model list --filter 'tag.team=risk updated>7d'", "slipway model list -o name"}},
        {"model show", "Show a business model", "", {{"MODEL", "Name or id", Offers::model}}, shown(), show_object, {"slipway model show fraud-xgb -o yaml"}},
    };
}

std::vector<Command> sagemaker_commands() {
    return {
        {"model import",
         "Import a SageMaker model",
         "Takes in the model with its tags, jobs, endpoint configurations and endpoints, and shows how far it is. The import goes on in the server when this "
         "command ends. Exits 1 when it failed.",
         {{"MODEL", "Name of the SageMaker model"}},
         Flags{
             kGroup, {"--region", "", "REGION", "AWS region"}, {"--credential", "", "ID", "Credential to use (slipway credential list)", Offers::credential}} +
             secret_key() +
             Flags{{"--asset", "", "ROLE=URL",
                    "An asset to add, for example TEST_DATA=s3://bucket/holdout.csv; a comparator as a file: TEST_RESULT_COMPARATOR=limits.dmn; may be given "
                    "several times",
                    Offers::nothing, true},
                   {"--deep", "", "", "Bring in jobs and configurations that are older than the model, too"},
                   {"--no-lifecycles", "", "", "Start no life cycle for the snapshots that come in"},
                   {"--wait", "", "", "Wait for the end (the default)"},
                   kNoWait,
                   kTimeout} +
             output(),
         model_import,
         {"slipway model import fraud-xgb --group risk",
          "slipway model import fraud-xgb --access-key-id AKIA… --region us-east-2 --secret-access-key-file key.txt"}},
        {"model browse",
         "List the models of the SageMaker account",
         "",
         {},
         Flags{{"--region", "", "REGION", "AWS region"},
               {"--credential", "", "ID", "Credential to use", Offers::credential},
               {"--search", "-q", "TEXT", "Only names that have it"}} +
             output(),
         model_browse,
         {}},
    };
}

std::vector<Command> model_change_commands() {
    return {
        {"model add",
         "Add a business model from a folder, a program or a document",
         "A folder or a single .py becomes a PySpark model: the program whose functions are marked with # modelop.init, score, metrics or train is its primary "
         "source; other programs, schemas (*.avsc), required_assets.json and files come with it, with roles by their names. The flags are laid over it. Keys "
         "and "
         "passwords stay where they are (id_rsa, *.pem, *.key, *.keytab, *.p12, *.jks, .env, .netrc, .pgpass, what lies in .aws or .ssh, any private key in "
         "PEM), "
         "and so do hidden files and caches. Each file that was taken is told with its role, each that was left out with the reason; in JSON and YAML under "
         "files.",
         {{"PATH", "Folder or .py file of the model", Offers::file, true}},
         Flags{{"--update", "", "", "Bring the model of that name up to date, if there is one"},
               {"--primary", "", "FILE", "Path within the folder of the program that runs"},
               {"--file", "-f", "FILE", "JSON document of the model; - is standard input", Offers::file},
               {"--name", "", "NAME", "Name of the model"},
               {"--type", "", "TYPE", "Type, for example PYSPARK"},
               {"--description", "", "TEXT", "Description"},
               kTag,
               kGroup} +
             output(),
         model_add,
         {"slipway model add ./churn --group risk", "slipway model add score.py --update", "slipway model add --name churn --type PYTHON --group risk"}},
        {"model delete", "Remove business models", "", {{"MODEL", "Names or ids", Offers::model, false, true}}, connection(), delete_object, {}},
    };
}

/// `type` of the events that a server sends.
constexpr std::string_view kEventTypes[] = {"StoredModel",     "DeployableModel", "DeployedModel", "Runtime",     "Job",
                                            "ModelTestResult", "Notification",    "ModelMLC",      "AuditRecord", "Operation",
                                            "Credential",      "ProcessInstance", "User",          "Client"};
constexpr std::string_view kOperationStates[] = {"RUNNING", "COMPLETE", "ERROR", "CANCELLED"};
constexpr std::string_view kOperationKinds[] = {"IMPORT", "SYNC", "DEPLOY", "UNDEPLOY"};

std::vector<Command> happening_commands() {
    return {
        {"notification list", "List notifications", "", {}, listed(), list_objects, {}},
        {"notification show", "Show a notification", "", {{"NOTIFICATION", "Id", Offers::notification}}, shown(), show_object, {}},
        {"event list",
         "List or follow what changed on the server",
         "",
         {},
         Flags{{"--type", "", "TYPE", "Only events of this type, for example Job", Offers::nothing, false, kEventTypes},
               {"--after", "", "SEQ", "Only what came after this event"},
               {"--limit", "-n", "N", "The last N (100)"},
               {"--watch", "-w", "", "Follow, until Ctrl-C"}} +
             output(),
         event_list,
         {"slipway event list --watch -o json"}},
        {"event show", "Show one event", "", {{"SEQ", "Its number", Offers::event}}, output(), event_show, {}},
        {"operation list",
         "List long work such as imports",
         "",
         {},
         Flags{{"--state", "", "STATE", "RUNNING, COMPLETE, ERROR or CANCELLED", Offers::nothing, false, kOperationStates},
               {"--kind", "", "KIND", "IMPORT, SYNC, DEPLOY or UNDEPLOY", Offers::nothing, false, kOperationKinds}} +
             paged() + shown(),
         list_objects,
         {}},
        {"operation show", "Show long work", "", {{"OPERATION", "Id", Offers::operation}}, shown(), show_object, {}},
        {"operation wait",
         "Wait for the end of long work",
         "Exits 1 when it failed or was cancelled.",
         {{"OPERATION", "Id", Offers::operation}},
         Flags{kTimeout} + output(),
         operation_wait,
         {}},
        {"operation cancel", "Cancel long work", "What was found so far stays.", {{"OPERATION", "Id", Offers::operation}}, output(), operation_cancel, {}},
    };
}

std::vector<Command> administration_commands() {
    return {
        {"credential list", "List AWS credentials with their last check", "", {}, Flags{kOutput} + connection(), list_objects, {}},
        {"credential show", "Show an AWS credential, secrets left out", "", {{"CREDENTIAL", "Id", Offers::credential}}, output(), show_object, {}},
        {"credential replace",
         "Replace an entered AWS credential",
         "Those of the configuration file are replaced there.",
         {{"CREDENTIAL", "Id", Offers::credential}},
         Flags{{"--region", "", "REGION", "AWS region"}} + secret_key() + output(),
         credential_replace,
         {}},
        {"credential remove", "Remove entered AWS credentials", "", {{"CREDENTIAL", "Ids", Offers::credential, false, true}}, connection(), delete_object, {}},
        {"user list", "List users", "", {}, listed(), list_objects, {}},
        {"user show", "Show a user", "", {{"USER", "Name or id", Offers::user}}, output(), show_object, {}},
        {"user add",
         "Add a user",
         "The password is asked for, or comes from standard input, a file or SLIPWAY_PASSWORD.",
         {{"NAME", "Name of the user"}},
         Flags{kGroups, {"--admin", "", "", "An administrator"}} + password() + output(),
         user_add,
         {"slipway user add ana --group risk"}},
        {"user passwd",
         "Give a user a new password",
         "Ends the sessions and tokens of that user.",
         {{"USER", "Name or id", Offers::user}},
         password() + connection(),
         user_passwd,
         {}},
        {"user delete", "Remove users", "", {{"USER", "Names or ids", Offers::user, false, true}}, connection(), delete_object, {}},
        {"client list", "List machine clients", "", {}, listed(), list_objects, {}},
        {"client show", "Show a machine client", "", {{"CLIENT", "Id or name", Offers::client}}, output(), show_object, {}},
        {"client add",
         "Add a machine client",
         "Prints its secret, this once.",
         {{"CLIENT", "Its id"}},
         Flags{kGroups, {"--admin", "", "", "With the rights of an administrator"}} + output(),
         client_add,
         {}},
        {"client delete", "Remove machine clients", "", {{"CLIENT", "Ids or names", Offers::client, false, true}}, connection(), delete_object, {}},
    };
}

std::vector<Command> other_commands() {
    return {
        {"completion",
         "Print the completions of a shell",
         "For bash: source <(slipway completion bash)",
         {{"SHELL", "bash, zsh or fish"}},
         {},
         print_completion,
         {}},
        {"man", "Print the man page", "", {}, {}, print_man_page, {"slipway man > slipway.1"}},
        {"version", "Print the version", "", {}, {kOutput}, print_version, {}},
        {"docs", "Print a page of the documentation", "", {{"PAGE", "config or cli"}}, {}, print_documentation, {}, true},
        {"routes", "Print the routes of the server as JSON", "", {}, {}, print_routes, {}, true},
        {"__complete", "Offer words for a shell", "", {{"WORDS", "The line so far", Offers::nothing, true, true}}, {}, offer_words, {}, true},
    };
}

}  // namespace

const std::vector<Command>& commands() {
    static const std::vector<Command> all = [] {
        std::vector<Command> list;
        for (auto&& part : {server_commands(), sign_in_commands(), model_commands(), sagemaker_commands(), model_change_commands(), snapshot_commands(),
                            run_commands(), deployment_commands(), ticket_commands(), lifecycle_commands(), task_commands(), job_commands(),
                            happening_commands(), administration_commands(), other_commands()}) {
            list.insert(list.end(), part.begin(), part.end());
        }
        return list;
    }();
    return all;
}

const Command* find_command(std::string_view path) {
    const auto found = std::ranges::find(commands(), path, &Command::path);
    return found == commands().end() ? nullptr : &*found;
}

}  // namespace slipway::cli
