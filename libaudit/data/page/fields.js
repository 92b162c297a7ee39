// The fields of an entry: the table of audit-ledger(5), FIELDS, in its order. A test compares the two.

const FIELD_TABLE = `
type text, time time, event_id text, agent text, agent_version text, team text,
environment text, region text, user text own, session text own, trace text, span text,
parent text, step int, links list, request_id text, correlation_id text, model text,
provider text, tool text, tool_call_id text, action text, side_effect bool,
resource text own, destination text own, status text, error text own content,
duration_us int, tokens_in int, tokens_out int, tokens_cache_read int,
tokens_cache_write int, tokens_reasoning int, cost_nano int, policy text, rule text,
rule_version text, decision text, requires_approval bool, approval text, approver text own,
approval_expires time, reason text own content, risk text, risk_score int, confidence int,
intent text own content, purpose text, basis text, data_class text, subject text own,
payload_hash hash own content, shown_hash hash own content, prompt_hash hash own,
digest hash, format text, source text, position int, part_of int, flags list, states list,
redactions list, mapping text, service text, host text, hold text, currency text,
part_offset int, part_index int, record_end int, set_by_user list, schema text`;

const BYTE_OF_TYPE = { text: 1, int: 2, bytes: 3 };

// What a field of a type may hold: "text" "int" "bytes".
const HELD_BY = {
  text: ["text"],
  list: ["text"],
  int: ["int"],
  bool: ["int"],
  time: ["int"],
  hash: ["bytes", "text"],
};

const FIELDS = FIELD_TABLE.trim()
  .split(/,\s+/)
  .map((row, i) => {
    const [name, type, ...marks] = row.split(" ");
    const own = marks.includes("own");
    return { name, type, own, content: marks.includes("content"), tag: i + 1 + (own ? 0 : 128) };
  });

const FIELD_BY_TAG = new Map(FIELDS.map((field) => [field.tag, field]));
