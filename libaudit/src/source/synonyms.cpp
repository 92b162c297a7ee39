#include "source/synonyms.hpp"

#include <array>
#include <iterator>

namespace audit::source {

namespace {

using enum Trust;

// Per field: its own name first, then what reference tables and real logs call it.
constexpr Synonym kSynonyms[] = {
    {"event_type", Field::type, Reading::kind},
    {"type", Field::type, Reading::kind, outside},
    {"event", Field::type, Reading::kind_phrase, outside},
    {"kind", Field::type, Reading::kind, outside},
    {"run_type", Field::type, Reading::kind, outside},
    {"event.type", Field::type, Reading::kind, outside},
    {"event.name", Field::type, Reading::kind_phrase, outside},
    {"event_name", Field::type, Reading::known_kind, guess},
    {"gen_ai.operation.name", Field::type, Reading::known_kind, guess},
    {"openinference.span.kind", Field::type, Reading::known_kind, guess},
    {"action", Field::type, Reading::known_kind, outside},
    {"event.action", Field::type, Reading::known_kind, outside},
    {"name", Field::type, Reading::known_kind, outside},

    {"timestamp", Field::time, Reading::time},
    {"ts", Field::time, Reading::time},
    {"time", Field::time, Reading::time, guess},
    {"@timestamp", Field::time, Reading::time},
    {"event_time", Field::time, Reading::time},
    {"created_at", Field::time, Reading::time},
    {"start_time", Field::time, Reading::time},
    {"date", Field::time, Reading::time, guess},
    {"datetime", Field::time, Reading::time, guess},
    {"occurred_at", Field::time, Reading::time},
    {"event.created", Field::time, Reading::time, guess},
    {"timestamp_ms", Field::time, Reading::time},
    {"timestamp_ns", Field::time, Reading::time},
    {"time_unix_nano", Field::time, Reading::time},
    {"started_at", Field::time, Reading::time},
    {"created", Field::time, Reading::time, outside},

    {"event_id", Field::event_id, Reading::text, outside},
    {"id", Field::event_id, Reading::text, outside},  // and "_id"
    {"uuid", Field::event_id, Reading::text, outside},
    {"event.id", Field::event_id, Reading::text, outside},

    {"agent", Field::agent, Reading::text},
    {"agent_id", Field::agent, Reading::text},
    {"gen_ai.agent.id", Field::agent, Reading::text},
    {"gen_ai.agent.name", Field::agent, Reading::text},
    {"agent.id", Field::agent, Reading::text},
    {"agent.name", Field::agent, Reading::text},
    {"agent_name", Field::agent, Reading::text},
    {"lk.agent_name", Field::agent, Reading::text},
    {"ai.telemetry.function_id", Field::agent, Reading::text},
    {"agent_role", Field::agent, Reading::text, guess},
    {"lk.agent_label", Field::agent, Reading::text},
    {"lc_agent_name", Field::agent, Reading::text},
    {"assistant_id", Field::agent, Reading::text},
    {"actor.agent", Field::agent, Reading::text, guess},
    {"actor.agent_id", Field::agent, Reading::text},
    {"sender", Field::agent, Reading::label, outside},
    {"service.name", Field::agent, Reading::text, guess},

    {"agent_version", Field::agent_version, Reading::text},
    {"gen_ai.agent.version", Field::agent_version, Reading::text},
    {"agent.version", Field::agent_version, Reading::text},
    {"entity.version", Field::agent_version, Reading::text},
    {"traceloop.entity.version", Field::agent_version, Reading::text},
    {"langfuse.release", Field::agent_version, Reading::text},
    {"service.version", Field::agent_version, Reading::text},
    {"claude_code_version", Field::agent_version, Reading::text},
    {"cli_version", Field::agent_version, Reading::text},
    {"revision_id", Field::agent_version, Reading::text, guess},

    {"team", Field::team, Reading::text, guess},
    {"team_id", Field::team, Reading::text},
    {"team.id", Field::team, Reading::text},
    {"team.name", Field::team, Reading::text},
    {"team_name", Field::team, Reading::text},
    {"service.namespace", Field::team, Reading::text},
    {"workspace", Field::team, Reading::label, guess},
    {"workspace_id", Field::team, Reading::text},
    {"tenant", Field::team, Reading::text, guess},
    {"tenant_id", Field::team, Reading::text},
    {"department", Field::team, Reading::text, guess},
    {"traceloop.association.properties.team", Field::team, Reading::text},

    {"environment", Field::environment, Reading::label, guess},
    {"env", Field::environment, Reading::label, guess},
    {"deployment.environment.name", Field::environment, Reading::text},
    {"deployment.environment", Field::environment, Reading::text, guess},
    {"deployment_environment", Field::environment, Reading::text, guess},
    {"langfuse.environment", Field::environment, Reading::text},
    {"gen_ai.environment", Field::environment, Reading::text},
    {"actor.env", Field::environment, Reading::text},
    {"actor.environment", Field::environment, Reading::text},

    {"region", Field::region, Reading::label, guess},
    {"jurisdiction", Field::region, Reading::label, guess},
    {"cloud.region", Field::region, Reading::text},
    {"aws_region", Field::region, Reading::text},

    {"user", Field::user, Reading::text, guess},
    {"user.id", Field::user, Reading::text},
    {"enduser.id", Field::user, Reading::text},
    {"user_id", Field::user, Reading::text},
    {"actor.user", Field::user, Reading::text, guess},
    {"actor.user.id", Field::user, Reading::text},
    {"actor.user_id", Field::user, Reading::text},
    {"end_user_id", Field::user, Reading::text},
    {"user.email", Field::user, Reading::text},
    {"user_identity.arn", Field::user, Reading::text},
    {"user.username", Field::user, Reading::text},
    {"user.name", Field::user, Reading::text},
    {"user_email", Field::user, Reading::text},
    {"user_name", Field::user, Reading::text},
    {"langfuse.user.id", Field::user, Reading::text},
    {"ai.telemetry.metadata.user_id", Field::user, Reading::text},
    {"ai.settings.context.user_id", Field::user, Reading::text},
    {"traceloop.association.properties.user_id", Field::user, Reading::text},
    {"langsmith.metadata.user_id", Field::user, Reading::text},
    {"mastra.metadata.user_id", Field::user, Reading::text},
    {"requested_by", Field::user, Reading::text, guess},
    {"actor.id", Field::user, Reading::text, guess},
    {"actor.email", Field::user, Reading::text, guess},
    {"actor", Field::user, Reading::label, guess},

    {"session", Field::session, Reading::text, guess},
    {"langfuse.session.id", Field::session, Reading::text},
    {"session.id", Field::session, Reading::text},
    {"gen_ai.conversation.id", Field::session, Reading::text},
    {"traceloop.association.properties.session_id", Field::session, Reading::text},
    {"traceloop.association.properties.chat_id", Field::session, Reading::text},
    {"traceloop.association.properties.thread_id", Field::session, Reading::text},
    {"ai.telemetry.metadata.session_id", Field::session, Reading::text},
    {"ai.settings.context.session_id", Field::session, Reading::text},
    {"mastra.metadata.session_id", Field::session, Reading::text},
    {"gcp.vertex.agent.session_id", Field::session, Reading::text},
    {"session_id", Field::session, Reading::text},
    {"conversation.id", Field::session, Reading::text},
    {"conversation_id", Field::session, Reading::text},
    {"thread_id", Field::session, Reading::text},
    {"thread.id", Field::session, Reading::text},
    {"chat_id", Field::session, Reading::text},
    {"instance_id", Field::session, Reading::text},
    {"langsmith.metadata.session_id", Field::session, Reading::text},
    {"langsmith.metadata.thread_id", Field::session, Reading::text},
    {"mcp.session.id", Field::session, Reading::text},

    {"trace", Field::trace, Reading::token, guess},
    {"trace_id", Field::trace, Reading::text},
    {"trace.id", Field::trace, Reading::text},
    {"run_id", Field::trace, Reading::text},

    {"span", Field::span, Reading::token, guess},
    {"span_id", Field::span, Reading::text},
    {"span.id", Field::span, Reading::text},

    {"parent", Field::parent, Reading::token, guess},
    {"parent_id", Field::parent, Reading::text},
    {"parent_span_id", Field::parent, Reading::text},
    {"parent_event_id", Field::parent, Reading::text},
    {"parent.id", Field::parent, Reading::text},
    {"parent_run_id", Field::parent, Reading::text},
    {"parent_uuid", Field::parent, Reading::text},

    {"step", Field::step, Reading::integer, guess},
    {"step_number", Field::step, Reading::integer},
    {"step_index", Field::step, Reading::integer},
    {"turn", Field::step, Reading::integer, guess},
    {"turn_number", Field::step, Reading::integer},
    {"turn_index", Field::step, Reading::integer},
    {"sequence", Field::step, Reading::integer, guess},
    {"sequence_number", Field::step, Reading::integer, guess},
    {"iteration", Field::step, Reading::integer, guess},

    {"links", Field::links, Reading::list, guess},
    {"related_events", Field::links, Reading::list, guess},
    {"related_event_ids", Field::links, Reading::list},
    {"linked_events", Field::links, Reading::list, guess},
    {"caused_by", Field::links, Reading::list, guess},

    {"request_id", Field::request_id, Reading::text},
    {"req_id", Field::request_id, Reading::text},
    {"x_request_id", Field::request_id, Reading::text},
    {"correlation_id", Field::correlation_id, Reading::text},
    {"prompt.id", Field::correlation_id, Reading::text},
    {"x_correlation_id", Field::correlation_id, Reading::text},

    {"gen_ai.response.model", Field::model, Reading::text},
    {"gen_ai.request.model", Field::model, Reading::text},
    {"llm.response.model_name", Field::model, Reading::text},
    {"llm.model_name", Field::model, Reading::text},
    {"ai.response.model", Field::model, Reading::text},
    {"ai.model.id", Field::model, Reading::text},
    {"langfuse.observation.model.name", Field::model, Reading::text},
    {"ls_model_name", Field::model, Reading::text},
    {"model", Field::model, Reading::label, guess},
    {"model_id", Field::model, Reading::text},
    {"model_name", Field::model, Reading::text},
    {"model.id", Field::model, Reading::text},
    {"model.name", Field::model, Reading::text},
    {"llm.model", Field::model, Reading::text},

    {"gen_ai.provider.name", Field::provider, Reading::provider},
    {"gen_ai.system", Field::provider, Reading::provider},
    {"llm.provider", Field::provider, Reading::provider},
    {"llm.system", Field::provider, Reading::provider},
    {"ai.model.provider", Field::provider, Reading::provider},
    {"ls_provider", Field::provider, Reading::provider},
    {"model_provider", Field::provider, Reading::provider},
    {"provider", Field::provider, Reading::provider, guess},
    {"provider.name", Field::provider, Reading::provider},
    {"model.provider", Field::provider, Reading::provider},

    {"gen_ai.tool.name", Field::tool, Reading::text},
    {"tool", Field::tool, Reading::label, guess},
    {"tool_name", Field::tool, Reading::text},
    {"tool.name", Field::tool, Reading::text},
    {"ai.tool_call.name", Field::tool, Reading::text},
    {"lk.function_tool.name", Field::tool, Reading::text},
    {"tool_call.name", Field::tool, Reading::text},
    {"tool_call.function.name", Field::tool, Reading::text},
    {"function_call.name", Field::tool, Reading::text},
    {"function_name", Field::tool, Reading::text, guess},
    {"function.name", Field::tool, Reading::text, guess},

    {"gen_ai.tool.call.id", Field::tool_call_id, Reading::text},
    {"tool_call_id", Field::tool_call_id, Reading::text},
    {"call_id", Field::tool_call_id, Reading::text},
    {"tool_use_id", Field::tool_call_id, Reading::text},
    {"tool.id", Field::tool_call_id, Reading::text, guess},
    {"ai.tool_call.id", Field::tool_call_id, Reading::text},
    {"tool_call.id", Field::tool_call_id, Reading::text},
    {"tool.call_id", Field::tool_call_id, Reading::text},
    {"tool.call.id", Field::tool_call_id, Reading::text},
    {"lk.function_tool.id", Field::tool_call_id, Reading::text},

    {"action", Field::action, Reading::label, guess},
    {"action_category", Field::action, Reading::label},
    {"operation", Field::action, Reading::label, guess},
    {"operation_name", Field::action, Reading::label},
    {"gen_ai.operation.name", Field::action, Reading::label, guess},
    {"event.action", Field::action, Reading::label, guess},

    {"side_effect", Field::side_effect, Reading::boolean},
    {"side_effects", Field::side_effect, Reading::boolean, guess},
    {"has_side_effects", Field::side_effect, Reading::boolean},

    {"resource", Field::resource, Reading::text, guess},
    {"affected_resource", Field::resource, Reading::text},
    {"resource_id", Field::resource, Reading::text},
    {"resource.id", Field::resource, Reading::text},
    {"resource.name", Field::resource, Reading::text},
    {"resource_name", Field::resource, Reading::text},
    {"resource_uri", Field::resource, Reading::text},
    {"target_resource", Field::resource, Reading::text, guess},

    {"destination", Field::destination, Reading::text, guess},
    {"destination.address", Field::destination, Reading::text},
    {"destination.domain", Field::destination, Reading::text},
    {"destination_url", Field::destination, Reading::text},
    {"recipient", Field::destination, Reading::label, outside},

    {"status", Field::status, Reading::status, guess},
    {"outcome", Field::status, Reading::status, guess},
    {"event.outcome", Field::status, Reading::known_status, guess},
    {"status.code", Field::status, Reading::status_code, guess},
    {"status_code", Field::status, Reading::status_code, guess},
    {"http_status", Field::status, Reading::status_code, guess},
    {"http_status_code", Field::status, Reading::status_code, guess},
    {"http.status_code", Field::status, Reading::status_code, guess},
    {"http.response.status_code", Field::status, Reading::status_code, guess},
    {"is_error", Field::status, Reading::failure},
    {"success", Field::status, Reading::success, guess},
    {"succeeded", Field::status, Reading::success, guess},
    {"is_success", Field::status, Reading::success, guess},
    {"ok", Field::status, Reading::success, outside},
    {"failed", Field::status, Reading::failure, outside},
    {"valid_action", Field::status, Reading::success},
    {"lk.function_tool.is_error", Field::status, Reading::failure},
    {"result", Field::status, Reading::known_status, outside},
    {"state", Field::status, Reading::known_status, outside},
    {"exit_code", Field::status, Reading::exit_code},
    {"return_code", Field::status, Reading::exit_code, guess},
    {"error", Field::status, Reading::error_present, guess},
    {"error.type", Field::status, Reading::error_present, guess},
    {"error.message", Field::status, Reading::error_present, guess},
    {"error_type", Field::status, Reading::error_present, guess},
    {"error_message", Field::status, Reading::error_present, guess},
    {"exception", Field::status, Reading::error_present, guess},
    {"exception.type", Field::status, Reading::error_present, guess},
    {"exception.message", Field::status, Reading::error_present, guess},
    {"error_code", Field::status, Reading::error_present, guess},
    {"finish_reason", Field::status, Reading::finish, guess},
    {"stop_reason", Field::status, Reading::finish, guess},
    {"gen_ai.response.finish_reasons", Field::status, Reading::finish, guess},
    {"llm.finish_reason", Field::status, Reading::finish, guess},
    {"ai.response.finish_reason", Field::status, Reading::finish, guess},
    {"level", Field::status, Reading::severity, outside},
    {"status", Hint::status_word, Reading::label, guess},
    {"outcome", Hint::status_word, Reading::label, guess},

    {"error", Field::error, Reading::error_text, guess},
    {"error.type", Field::error, Reading::error_text, guess},
    {"error.message", Field::error, Reading::error_text, guess},
    {"error_message", Field::error, Reading::error_text, guess},
    {"error_type", Field::error, Reading::error_text, guess},
    {"exception.type", Field::error, Reading::error_text, guess},
    {"exception.message", Field::error, Reading::error_text, guess},
    {"exception", Field::error, Reading::error_text, guess},
    {"failure_reason", Field::error, Reading::error_text, guess},
    {"error.code", Field::error, Reading::error_text, guess},
    {"error_code", Field::error, Reading::error_text, guess},
    {"status.message", Hint::message, Reading::text, guess},
    {"message", Hint::message, Reading::text, outside},
    {"msg", Hint::message, Reading::text, outside},

    {"duration_us", Field::duration_us, Reading::microseconds},
    {"duration_ms", Field::duration_us, Reading::milliseconds},
    {"latency_ms", Field::duration_us, Reading::milliseconds},
    {"execution_time_ms", Field::duration_us, Reading::milliseconds},
    {"elapsed_ms", Field::duration_us, Reading::milliseconds},
    {"response_time_ms", Field::duration_us, Reading::milliseconds},
    {"processing_time_ms", Field::duration_us, Reading::milliseconds},
    {"latency_us", Field::duration_us, Reading::microseconds},
    {"elapsed_us", Field::duration_us, Reading::microseconds},
    {"duration_ns", Field::duration_us, Reading::nanoseconds},
    {"latency_ns", Field::duration_us, Reading::nanoseconds},
    {"duration_s", Field::duration_us, Reading::seconds},
    {"duration_sec", Field::duration_us, Reading::seconds},
    {"duration_seconds", Field::duration_us, Reading::seconds},
    {"latency_s", Field::duration_us, Reading::seconds},
    {"latency_seconds", Field::duration_us, Reading::seconds},
    {"elapsed_s", Field::duration_us, Reading::seconds},
    {"elapsed_seconds", Field::duration_us, Reading::seconds},
    {"execution_time_s", Field::duration_us, Reading::seconds},
    {"execution_time_seconds", Field::duration_us, Reading::seconds},
    {"event.duration", Field::duration_us, Reading::nanoseconds, guess},
    {"duration", Field::duration_us, Reading::duration_text, guess},
    {"latency", Field::duration_us, Reading::duration_text, guess},
    {"elapsed", Field::duration_us, Reading::duration_text, guess},
    {"execution_time", Field::duration_us, Reading::duration_text, guess},

    {"tokens_in", Field::tokens_in, Reading::integer},
    {"gen_ai.usage.input_tokens", Field::tokens_in, Reading::integer},
    {"gen_ai.usage.prompt_tokens", Field::tokens_in, Reading::integer},
    {"llm.token_count.prompt", Field::tokens_in, Reading::integer},
    {"ai.usage.input_tokens", Field::tokens_in, Reading::integer},
    {"ai.usage.prompt_tokens", Field::tokens_in, Reading::integer},
    {"ai.usage.tokens", Field::tokens_in, Reading::integer},
    {"usage_details.input", Field::tokens_in, Reading::integer},
    {"prompt_tokens", Field::tokens_in, Reading::integer},
    {"input_tokens", Field::tokens_in, Reading::integer},
    {"prompt_token_count", Field::tokens_in, Reading::integer},
    {"input_token_count", Field::tokens_in, Reading::integer},
    {"llm.usage.prompt_tokens", Field::tokens_in, Reading::integer},
    {"usage.input", Field::tokens_in, Reading::integer, guess},
    {"token_usage.input", Field::tokens_in, Reading::integer, guess},
    {"token_usage.prompt", Field::tokens_in, Reading::integer, guess},
    {"tokens.input", Field::tokens_in, Reading::integer, guess},
    {"tokens.prompt", Field::tokens_in, Reading::integer, guess},
    {"tokens.in", Field::tokens_in, Reading::integer, guess},

    {"tokens_out", Field::tokens_out, Reading::integer},
    {"gen_ai.usage.output_tokens", Field::tokens_out, Reading::integer},
    {"gen_ai.usage.completion_tokens", Field::tokens_out, Reading::integer},
    {"llm.token_count.completion", Field::tokens_out, Reading::integer},
    {"ai.usage.output_tokens", Field::tokens_out, Reading::integer},
    {"ai.usage.completion_tokens", Field::tokens_out, Reading::integer},
    {"usage_details.output", Field::tokens_out, Reading::integer},
    {"completion_tokens", Field::tokens_out, Reading::integer},
    {"output_tokens", Field::tokens_out, Reading::integer},
    {"candidates_token_count", Field::tokens_out, Reading::integer},
    {"output_token_count", Field::tokens_out, Reading::integer},
    {"llm.usage.completion_tokens", Field::tokens_out, Reading::integer},
    {"usage.output", Field::tokens_out, Reading::integer, guess},
    {"token_usage.output", Field::tokens_out, Reading::integer, guess},
    {"token_usage.completion", Field::tokens_out, Reading::integer, guess},
    {"tokens.output", Field::tokens_out, Reading::integer, guess},
    {"tokens.completion", Field::tokens_out, Reading::integer, guess},
    {"tokens.out", Field::tokens_out, Reading::integer, guess},

    {"tokens_cache_read", Field::tokens_cache_read, Reading::integer},
    {"gen_ai.usage.cache_read.input_tokens", Field::tokens_cache_read, Reading::integer},
    {"gen_ai.usage.cache_read_input_tokens", Field::tokens_cache_read, Reading::integer},
    {"gen_ai.usage.input_cached_tokens", Field::tokens_cache_read, Reading::integer},
    {"llm.token_count.prompt_details.cache_read", Field::tokens_cache_read, Reading::integer},
    {"ai.usage.cached_input_tokens", Field::tokens_cache_read, Reading::integer},
    {"cached_tokens", Field::tokens_cache_read, Reading::integer},
    {"cache_read_input_tokens", Field::tokens_cache_read, Reading::integer},
    {"cache_read_tokens", Field::tokens_cache_read, Reading::integer},
    {"cached_input_tokens", Field::tokens_cache_read, Reading::integer},
    {"cache_read", Field::tokens_cache_read, Reading::integer, guess},
    {"cached_content_token_count", Field::tokens_cache_read, Reading::integer},
    {"cached_token_count", Field::tokens_cache_read, Reading::integer},
    {"llm.usage.cached_tokens", Field::tokens_cache_read, Reading::integer},

    {"tokens_cache_write", Field::tokens_cache_write, Reading::integer},
    {"gen_ai.usage.cache_creation.input_tokens", Field::tokens_cache_write, Reading::integer},
    {"gen_ai.usage.cache_write.input_tokens", Field::tokens_cache_write, Reading::integer},
    {"gen_ai.usage.cache_creation_input_tokens", Field::tokens_cache_write, Reading::integer},
    {"gen_ai.usage.input_cache_creation", Field::tokens_cache_write, Reading::integer},
    {"llm.token_count.prompt_details.cache_write", Field::tokens_cache_write, Reading::integer},
    {"cache_creation_input_tokens", Field::tokens_cache_write, Reading::integer},
    {"cache_creation_tokens", Field::tokens_cache_write, Reading::integer},
    {"cache_write_tokens", Field::tokens_cache_write, Reading::integer},
    {"cache_write", Field::tokens_cache_write, Reading::integer, guess},
    {"cache_write_token_count", Field::tokens_cache_write, Reading::integer},

    {"tokens_reasoning", Field::tokens_reasoning, Reading::integer},
    {"gen_ai.usage.reasoning.output_tokens", Field::tokens_reasoning, Reading::integer},
    {"llm.token_count.completion_details.reasoning", Field::tokens_reasoning, Reading::integer},
    {"ai.usage.reasoning_tokens", Field::tokens_reasoning, Reading::integer},
    {"reasoning_output_tokens", Field::tokens_reasoning, Reading::integer},
    {"reasoning_tokens", Field::tokens_reasoning, Reading::integer},
    {"thoughts_token_count", Field::tokens_reasoning, Reading::integer},
    {"gen_ai.usage.reasoning_tokens", Field::tokens_reasoning, Reading::integer},
    {"reasoning_token_count", Field::tokens_reasoning, Reading::integer},
    {"llm.usage.reasoning_tokens", Field::tokens_reasoning, Reading::integer},

    {"cost_nano", Field::cost_nano, Reading::nanos},
    {"cost_usd", Field::cost_nano, Reading::dollars},
    {"cost_usd_micros", Field::cost_nano, Reading::dollar_micros},
    {"gen_ai.usage.cost", Field::cost_nano, Reading::money},
    {"llm.cost.total", Field::cost_nano, Reading::money},
    {"operation.cost", Field::cost_nano, Reading::money},
    {"cost_details.total", Field::cost_nano, Reading::money},
    {"total_cost_usd", Field::cost_nano, Reading::dollars},
    {"cost", Field::cost_nano, Reading::money},
    {"total_cost", Field::cost_nano, Reading::money},
    {"cost.total", Field::cost_nano, Reading::money},
    {"cost.amount", Field::cost_nano, Reading::money},
    {"cost.usd", Field::cost_nano, Reading::dollars},

    {"policy", Field::policy, Reading::text, guess},
    {"policy_id", Field::policy, Reading::text},
    {"gen_ai.guardrail.policy.id", Field::policy, Reading::text},
    {"gen_ai.security.policy.id", Field::policy, Reading::text},
    {"policy.id", Field::policy, Reading::text},
    {"policy.name", Field::policy, Reading::text},
    {"policy_name", Field::policy, Reading::text},
    {"guardrail_id", Field::policy, Reading::text},
    {"guardrail", Field::policy, Reading::label, guess},
    {"guardrail_name", Field::policy, Reading::text},
    {"guardrail.name", Field::policy, Reading::text},

    {"rule", Field::rule, Reading::text, guess},
    {"rule_id", Field::rule, Reading::text},
    {"rule.id", Field::rule, Reading::text},
    {"rule.name", Field::rule, Reading::text},
    {"rule_name", Field::rule, Reading::text},
    {"policy_rule", Field::rule, Reading::text, guess},
    {"matched_rule", Field::rule, Reading::text, guess},

    {"rule_version", Field::rule_version, Reading::text},
    {"policy_version", Field::rule_version, Reading::text},
    {"gen_ai.guardrail.policy.version", Field::rule_version, Reading::text},
    {"guardrail_version", Field::rule_version, Reading::text},
    {"rule.version", Field::rule_version, Reading::text},
    {"policy.version", Field::rule_version, Reading::text},

    {"decision", Field::decision, Reading::decision, guess},
    {"gen_ai.guardrail.verdict.type", Field::decision, Reading::decision},
    {"policy_decision", Field::decision, Reading::decision, guess},
    {"permission_decision", Field::decision, Reading::decision},
    {"permission_decision.decision", Field::decision, Reading::decision},
    {"policy.decision", Field::decision, Reading::decision},
    {"authorization.k8s.io/decision", Field::decision, Reading::decision},
    {"verdict", Field::decision, Reading::known_decision, guess},
    {"verdict.type", Field::decision, Reading::known_decision, guess},
    {"decision.type", Field::decision, Reading::known_decision, guess},
    {"gen_ai.agent.tool.disposition", Field::decision, Reading::known_decision, guess},
    {"guardrail.action", Field::decision, Reading::known_decision, guess},
    {"effect", Field::decision, Reading::known_decision, outside},
    {"allowed", Field::decision, Reading::known_decision, guess},
    {"validation_passed", Field::decision, Reading::known_decision, guess},
    {"blocked", Field::decision, Reading::blocked, guess},
    {"decision", Hint::decision_word, Reading::label, guess},
    {"outcome", Hint::decision_word, Reading::label, guess},

    {"requires_approval", Field::requires_approval, Reading::boolean},
    {"approval_required", Field::requires_approval, Reading::boolean},
    {"needs_approval", Field::requires_approval, Reading::boolean},
    {"require_approval", Field::requires_approval, Reading::boolean},
    {"human_approval_required", Field::requires_approval, Reading::boolean},

    {"approval_status", Field::approval, Reading::approval},
    {"approval", Field::approval, Reading::approval, guess},
    {"approval.status", Field::approval, Reading::approval},
    {"approval_state", Field::approval, Reading::approval, guess},
    {"approval_decision", Field::approval, Reading::approval, guess},
    {"approval.decision", Field::approval, Reading::approval, guess},
    {"approval.approved", Field::approval, Reading::approval, guess},
    {"approved", Field::approval, Reading::approval, guess},
    {"human_decision", Field::approval, Reading::approval, guess},

    {"approver", Field::approver, Reading::text, guess},
    {"approver_id", Field::approver, Reading::text},
    {"approver.id", Field::approver, Reading::text},
    {"approver.email", Field::approver, Reading::text},
    {"approver.name", Field::approver, Reading::text},
    {"approver_email", Field::approver, Reading::text},
    {"approver_name", Field::approver, Reading::text},
    {"reviewer", Field::approver, Reading::text, guess},
    {"reviewer_id", Field::approver, Reading::text},
    {"approved_by", Field::approver, Reading::text, guess},
    {"decided_by", Field::approver, Reading::text, guess},
    {"responded_by", Field::approver, Reading::text, guess},
    {"reviewed_by", Field::approver, Reading::text, guess},
    {"rejected_by", Field::approver, Reading::text, guess},
    {"denied_by", Field::approver, Reading::text, guess},
    {"approval.approver", Field::approver, Reading::text, guess},
    {"approval.approver_id", Field::approver, Reading::text},
    {"approval.approved_by", Field::approver, Reading::text, guess},

    {"approval_expires", Field::approval_expires, Reading::time},
    {"approval_expires_at", Field::approval_expires, Reading::time},
    {"approval_expiry", Field::approval_expires, Reading::time},
    {"approval.expires_at", Field::approval_expires, Reading::time},
    {"approval.expires", Field::approval_expires, Reading::time},

    {"permission_decision_reason", Field::reason, Reading::text},
    {"verdict.reason", Field::reason, Reading::text},
    {"reason", Field::reason, Reading::text, guess},
    {"decision_reason", Field::reason, Reading::text},
    {"decision.reason", Field::reason, Reading::text},
    {"policy.reason", Field::reason, Reading::text},
    {"approval_reason", Field::reason, Reading::text},
    {"approval.reason", Field::reason, Reading::text},
    {"denial_reason", Field::reason, Reading::text},
    {"comment", Field::reason, Reading::text, guess},
    {"approval_comment", Field::reason, Reading::text},
    {"approval.comment", Field::reason, Reading::text},
    {"guardrail.message", Field::reason, Reading::text, guess},
    {"rationale", Field::reason, Reading::text, guess},

    {"risk", Field::risk, Reading::risk, guess},
    {"risk_level", Field::risk, Reading::risk},
    {"risk.level", Field::risk, Reading::risk},
    {"security_risk", Field::risk, Reading::known_risk, guess},
    {"risk.category", Field::risk, Reading::known_risk, guess},
    {"gen_ai.security.risk.category", Field::risk, Reading::known_risk, guess},
    {"severity", Field::risk, Reading::known_risk, outside},

    {"risk_score", Field::risk_score, Reading::share},
    {"gen_ai.security.risk.score", Field::risk_score, Reading::share},
    {"risk.score", Field::risk_score, Reading::share},
    {"risk", Field::risk_score, Reading::share_number, guess},
    {"score", Hint::score, Reading::share_number, outside},

    {"confidence", Field::confidence, Reading::share, guess},
    {"confidence_score", Field::confidence, Reading::share},

    {"intent", Field::intent, Reading::text, guess},
    {"user_intent", Field::intent, Reading::text, guess},
    {"goal", Field::intent, Reading::text, guess},
    {"objective", Field::intent, Reading::text, guess},
    {"purpose", Field::purpose, Reading::text, guess},
    {"purpose_of_use", Field::purpose, Reading::text},
    {"basis", Field::basis, Reading::text, guess},
    {"legal_basis", Field::basis, Reading::text},
    {"lawful_basis", Field::basis, Reading::text},

    {"data_class", Field::data_class, Reading::data_class},
    {"data_classification", Field::data_class, Reading::data_class, guess},
    {"classification", Field::data_class, Reading::data_class, outside},
    {"sensitivity", Field::data_class, Reading::data_class, outside},
    {"subject", Field::subject, Reading::text, outside},
    {"subject.id", Field::subject, Reading::text, outside},
    {"data_subject", Field::subject, Reading::text, guess},
    {"data_subject_id", Field::subject, Reading::text},
    {"subject_id", Field::subject, Reading::text},

    {"payload_hash", Field::payload_hash, Reading::hash},
    {"arguments_hash", Field::payload_hash, Reading::hash},
    {"args_hash", Field::payload_hash, Reading::hash},
    {"tool_args_hash", Field::payload_hash, Reading::hash},
    {"tool_input_hash", Field::payload_hash, Reading::hash},
    {"input_hash", Field::payload_hash, Reading::hash},
    {"shown_hash", Field::shown_hash, Reading::hash},
    {"approval.payload_hash", Field::shown_hash, Reading::hash},
    {"prompt_hash", Field::prompt_hash, Reading::hash},
    {"system_prompt_hash", Field::prompt_hash, Reading::hash},
    {"digest", Field::digest, Reading::hash, guess},
    {"model_digest", Field::digest, Reading::hash},
    {"tool_digest", Field::digest, Reading::hash},
    {"package_digest", Field::digest, Reading::hash},

    {"service", Field::service, Reading::label, guess},
    {"service.name", Field::service, Reading::text},
    {"service_name", Field::service, Reading::text},
    {"host", Field::host, Reading::label, guess},
    {"host.name", Field::host, Reading::text},
    {"host.hostname", Field::host, Reading::text},
    {"hostname", Field::host, Reading::text},  // and "host_name"

    {"currency", Field::currency, Reading::currency, guess},
    {"cost_currency", Field::currency, Reading::currency},
    {"cost.currency", Field::currency, Reading::currency},

    {"name", Hint::name, Reading::label, outside},
    {"tool_call.tool", Hint::name, Reading::label, guess},
};

// Members of these count like those of the object around them, at a lower rank.
constexpr std::string_view kTransparent[] = {
    "attributes",
    "resource.attributes",
    "span_attributes",
    "metadata",
    "meta",
    "labels",
    "properties",
    "props",
    "context",
    "ctx",
    "extra",
    "annotations",
    "details",
    "data",
    "content",
    "payload",
    "body",
    "event",
    "event_data",
    "usage",
    "token_usage",
    "response",
    "usage_metadata",
    "info",
    "fields",
    "tokens",
    "prompt_tokens_details",
    "input_tokens_details",
    "completion_tokens_details",
    "output_tokens_details",
};

// More parents than this above a member, and nobody meant the record itself.
constexpr std::uint8_t kMaxLifted = 3;

// No segment of the table is longer.
constexpr std::size_t kMaxSegment = 40;

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// FNV-1a over the normalised letters; the parent goes in first.
constexpr std::uint32_t begin_hash(std::uint16_t up) noexcept {
  return (2166136261U ^ up) * 16777619U;
}

constexpr std::uint32_t add_hash(std::uint32_t hash, char c) noexcept {
  return (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
}

// A segment without case, '-' and '_', and its hash below `up`.
class Normal {
 public:
  Normal(std::uint16_t up, std::string_view segment) noexcept : hash_(begin_hash(up)) {
    for (const char c : segment) {
      if (c == '_' || c == '-') continue;
      if (length_ == letters_.size()) {
        fits_ = false;
        return;
      }
      letters_[length_] = lower(c);
      hash_ = add_hash(hash_, letters_[length_++]);
    }
  }

  [[nodiscard]] bool fits() const noexcept { return fits_ && length_ > 0; }

  [[nodiscard]] std::string_view text() const noexcept { return {letters_.data(), length_}; }

  // The bits of an FNV hash that a mask keeps are its poorest.
  [[nodiscard]] std::uint32_t hash() const noexcept { return hash_ ^ (hash_ >> 15); }

 private:
  std::array<char, kMaxSegment> letters_;
  std::size_t length_ = 0;
  std::uint32_t hash_;
  bool fits_ = true;
};

constexpr std::size_t kBuckets = 2048;  // a power of two, at least twice the nodes

}  // namespace

std::span<const Synonym> synonyms() noexcept { return kSynonyms; }

const KeyTree& KeyTree::instance() {
  static const KeyTree tree;
  return tree;
}

KeyTree::KeyTree() : nodes_(1), buckets_(kBuckets, Place::kNowhere) {
  static_assert(std::size(kSynonyms) <= kMaxRows);
  nodes_[0].parent = true;
  std::vector<std::uint16_t> node_of_row;
  for (const Synonym& row : kSynonyms) node_of_row.push_back(add(row.path));
  for (const std::string_view path : kTransparent) {
    Node& node = nodes_[add(path)];
    node.parent = true;
    node.transparent = true;
  }
  add_rows(node_of_row);
}

std::uint16_t KeyTree::add(std::string_view path) {
  std::uint16_t at = 0;
  while (true) {
    const std::size_t dot = path.find('.');
    nodes_[at].parent = true;
    at = add_child(at, path.substr(0, dot));
    if (dot == std::string_view::npos) return at;
    path.remove_prefix(dot + 1);
  }
}

std::uint16_t KeyTree::add_child(std::uint16_t up, std::string_view segment) {
  const Normal normal(up, segment);
  const std::uint16_t known = child(up, normal.text(), normal.hash());
  if (known != Place::kNowhere) return known;
  const auto node = static_cast<std::uint16_t>(nodes_.size());
  nodes_.push_back({std::string(normal.text()), normal.hash(), up});
  std::size_t bucket = normal.hash() % kBuckets;
  while (buckets_[bucket] != Place::kNowhere) bucket = (bucket + 1) % kBuckets;
  buckets_[bucket] = node;
  return node;
}

// Rows of one node stand together, ascending.
void KeyTree::add_rows(const std::vector<std::uint16_t>& node_of_row) {
  for (const std::uint16_t node : node_of_row) ++nodes_[node].row_count;
  std::uint16_t next = 0;
  for (Node& node : nodes_) {
    node.first_row = next;
    next = static_cast<std::uint16_t>(next + node.row_count);
    node.row_count = 0;
  }
  rows_.assign(next, Row{0, Field::type, Reading::text, Trust::guess});
  for (std::size_t row = 0; row < node_of_row.size(); ++row) {
    Node& node = nodes_[node_of_row[row]];
    const Synonym& synonym = kSynonyms[row];
    rows_[node.first_row + node.row_count++] = {static_cast<std::uint16_t>(row), synonym.target,
                                                synonym.reading, synonym.trust};
  }
}

std::uint16_t KeyTree::child(std::uint16_t up, std::string_view normal,
                             std::uint32_t hash) const noexcept {
  for (std::size_t bucket = hash % kBuckets;; bucket = (bucket + 1) % kBuckets) {
    const std::uint16_t at = buckets_[bucket];
    if (at == Place::kNowhere) return at;
    const Node& node = nodes_[at];
    if (node.hash == hash && node.up == up && node.segment == normal) return at;
  }
}

// One segment further: a member of its own, else what it is beside a transparent parent.
Place KeyTree::step(Place from, std::string_view segment) const noexcept {
  const Normal normal(from.node, segment);
  if (!normal.fits()) return {};
  const Place own{child(from.node, normal.text(), normal.hash()), from.lifted};
  if (own.known() || !nodes_[from.node].transparent || from.lifted >= kMaxLifted) return own;
  const Normal outside_it(0, segment);
  return {child(0, outside_it.text(), outside_it.hash()),
          static_cast<std::uint8_t>(from.lifted + 1)};
}

Place KeyTree::find(Place parent, std::string_view key) const noexcept {
  Place at = parent;
  while (at.known()) {
    const std::size_t dot = key.find('.');
    at = step(at, key.substr(0, dot));
    if (dot == std::string_view::npos) break;
    key.remove_prefix(dot + 1);
  }
  return at;
}

}  // namespace audit::source
