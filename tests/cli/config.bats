#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

@test "a configuration gives defaults, which flags override" {
  make_ledger
  mkdir -p home/agent-audit
  printf '[search]\nlimit = 1\n' >home/agent-audit/config.toml
  unset AUDIT_CONFIG
  export XDG_CONFIG_HOME=$PWD/home
  [ "$(audit search | wc -l)" -eq 1 ]
  [ "$(audit search -n 2 | wc -l)" -eq 2 ]
  [ "$(AUDIT_CONFIG='' audit search | wc -l)" -eq 3 ]
}

@test "switches, comments and quoted values are understood" {
  make_ledger
  printf '# all of it as JSON\njson = true   # yes\nledger = "audit.ledger"\n\n[ingest]\nset = ["team=a b", "environment=prod"]\n' >c.toml
  AUDIT_CONFIG=c.toml audit search | json_lines 3
  echo '{"type":"message"}' | AUDIT_CONFIG=c.toml audit ingest | json 'o["stored"] == 1'
  [ "$(audit search --count 'team:"a b"' environment:prod)" -eq 1 ]
}

json_lines() {
  python3 -c 'import json, sys; n = len([json.loads(l) for l in sys.stdin]); sys.exit(n != int(sys.argv[1]))' "$1"
}

@test "an unknown setting, section or value exits 78 and is named" {
  make_ledger
  for text in 'lgedger = "x"' '[serch]\nlimit = 1' 'json = maybe' '[search]\nlimit = 1,2' \
    '[export]\nforce = true' 'ledger = "a#b"'; do
    printf '%b\n' "$text" >c.toml
    AUDIT_CONFIG=c.toml run_apart audit search
    [ "$status" -eq 78 ] || fail "$text: $status"
    [[ $stderr == *c.toml* ]]
  done
  printf 'lgedger = "x"\n' >c.toml
  AUDIT_CONFIG=c.toml run_apart audit search
  [[ $stderr == *"did you mean 'ledger'?"* ]]
}

@test "a value that means nothing in the configuration is refused like one that was typed" {
  make_ledger
  printf '[search]\nlimit = "many"\n' >c.toml
  AUDIT_CONFIG=c.toml run_apart audit search
  [ "$status" -eq 2 ]
}

@test "an error about what a configuration says does not say where" {
  make_ledger
  printf '[ingest]\nbatch = "x"\n' >c.toml
  AUDIT_CONFIG=c.toml run_apart audit ingest </dev/null
  [ "$status" -eq 2 ]
  [[ $stderr == *"c.toml: --batch is 'x'"* ]]
  printf '[ingest]\nlisten = "127.0.0.1:0"\n' >c.toml
  AUDIT_CONFIG=c.toml run_apart audit ingest in.jsonl
  [ "$status" -eq 2 ]
  [[ $stderr == *c.toml*listen* || $stderr == *listen*c.toml* ]]
  # What was typed is nobody else's.
  AUDIT_CONFIG='' run_apart audit ingest --batch x
  [[ $stderr != *c.toml* ]]
  printf '[ingest]\nformats = true\n' >c.toml
  AUDIT_CONFIG=c.toml run_apart audit ingest </dev/null
  [ "$status" -eq 78 ]
}

@test "a configuration that is named but not there exits 78" {
  make_ledger
  AUDIT_CONFIG=nowhere.toml run_apart audit search
  [ "$status" -eq 78 ]
}
