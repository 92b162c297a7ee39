# bash completion for audit: made by scripts/gen-completions.py from audit --describe-cli; do not edit
# shellcheck shell=bash

_audit_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")
}

_audit_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
}

_audit() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' files='' word
  local flags="-l --ledger --json -q --quiet --color --no-pager --version -h --help"
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      init | ingest | verify | search | export | erase)
        command=$word
        break
        ;;
    esac
  done
  case $command in
    init)
      flags+=" --origin --key --continues --group --rotate-key --passphrase-file --encrypt-key --new-passphrase-file --plain-key --retain --hold --release --schema"
      files=yes
      case $previous in
        --origin)
          COMPREPLY=()
          return
          ;;
        --key)
          _audit_files
          return
          ;;
        --continues)
          COMPREPLY=()
          return
          ;;
        --group)
          COMPREPLY=()
          return
          ;;
        --passphrase-file)
          _audit_files
          return
          ;;
        --new-passphrase-file)
          _audit_files
          return
          ;;
        --retain)
          _audit_files
          return
          ;;
        --hold)
          COMPREPLY=()
          return
          ;;
        --release)
          COMPREPLY=()
          return
          ;;
        --schema)
          _audit_files
          return
          ;;
      esac
      ;;
    ingest)
      flags+=" --listen --tls-cert --tls-key --token-file --format --formats --follow --resume --strict --tee --tee-unread --set --redact --rules --on-alert --batch --flush-ms --key --passphrase-file --index"
      files=yes
      case $previous in
        --listen)
          COMPREPLY=()
          return
          ;;
        --tls-cert)
          _audit_files
          return
          ;;
        --tls-key)
          _audit_files
          return
          ;;
        --token-file)
          _audit_files
          return
          ;;
        --format)
          _audit_words "auto jsonl otlp claude-code claude-agent-sdk codex codex-exec codex-app-server mcp openai-agents spans mlflow langsmith langfuse pi opa kubernetes cloudtrail langgraph-review humanlayer guardrail recorded-http provider swe-agent intercode who-and-when chat"
          return
          ;;
        --set)
          COMPREPLY=()
          return
          ;;
        --redact)
          COMPREPLY=()
          return
          ;;
        --rules)
          _audit_files
          return
          ;;
        --on-alert)
          COMPREPLY=()
          return
          ;;
        --batch)
          COMPREPLY=()
          return
          ;;
        --flush-ms)
          COMPREPLY=()
          return
          ;;
        --key)
          _audit_files
          return
          ;;
        --passphrase-file)
          _audit_files
          return
          ;;
        --index)
          _audit_words "now later"
          return
          ;;
      esac
      ;;
    verify)
      flags+=" --known --save --key --require --quick --policy --cosign --witness --passphrase-file --evidence --timestamp-request --timestamp --timestamp-ca --since-known --format --leaf --rebuild-index"
      files=yes
      case $previous in
        --known)
          _audit_files
          return
          ;;
        --save)
          _audit_files
          return
          ;;
        --key)
          _audit_files
          return
          ;;
        --require)
          COMPREPLY=()
          return
          ;;
        --policy)
          _audit_files
          return
          ;;
        --cosign)
          COMPREPLY=()
          return
          ;;
        --witness)
          COMPREPLY=()
          return
          ;;
        --passphrase-file)
          _audit_files
          return
          ;;
        --evidence)
          _audit_files
          return
          ;;
        --timestamp-request)
          _audit_files
          return
          ;;
        --timestamp)
          _audit_files
          return
          ;;
        --timestamp-ca)
          COMPREPLY=()
          return
          ;;
        --format)
          _audit_words "text json junit sarif"
          return
          ;;
        --leaf)
          _audit_files
          return
          ;;
      esac
      ;;
    search)
      flags+=" -n --limit --oldest --count --follow --by --histogram --explain --prove --key --runs --trace --all --seq --why --output --view --agent --team --user --session --type --tool --policy --decision --environment --risk --since --until"
      case $previous in
        -n | --limit)
          COMPREPLY=()
          return
          ;;
        --by)
          COMPREPLY=()
          return
          ;;
        --histogram)
          COMPREPLY=()
          return
          ;;
        --key)
          _audit_files
          return
          ;;
        --trace)
          COMPREPLY=()
          return
          ;;
        --seq)
          COMPREPLY=()
          return
          ;;
        --output)
          _audit_words "table jsonl csv"
          return
          ;;
        --view)
          _audit_words "full redacted"
          return
          ;;
        --agent)
          COMPREPLY=()
          return
          ;;
        --team)
          COMPREPLY=()
          return
          ;;
        --user)
          COMPREPLY=()
          return
          ;;
        --session)
          COMPREPLY=()
          return
          ;;
        --type)
          COMPREPLY=()
          return
          ;;
        --tool)
          COMPREPLY=()
          return
          ;;
        --policy)
          COMPREPLY=()
          return
          ;;
        --decision)
          _audit_words "allow deny modify ask warn abort unknown"
          return
          ;;
        --environment)
          COMPREPLY=()
          return
          ;;
        --risk)
          _audit_words "low medium high critical"
          return
          ;;
        --since)
          COMPREPLY=()
          return
          ;;
        --until)
          COMPREPLY=()
          return
          ;;
      esac
      ;;
    export)
      flags+=" --raw --jsonl --json --csv --xlsx --pdf --prometheus --cef --leef --ecs --ocsf --syslog --splunk --sentinel --otlp --html --bundle --proof --tiles --copy -o --output --force --hide --known --fields --title --organisation --by --key --no-verify -n --limit --payload --bulk -f --follow --to --resume --tls-ca --view --oldest --agent --team --user --session --type --tool --policy --decision --environment --risk --since --until"
      case $previous in
        --proof)
          COMPREPLY=()
          return
          ;;
        --tiles)
          COMPREPLY=()
          return
          ;;
        --copy)
          _audit_files
          return
          ;;
        -o | --output)
          _audit_files
          return
          ;;
        --hide)
          _audit_words "payload"
          return
          ;;
        --known)
          _audit_files
          return
          ;;
        --fields)
          COMPREPLY=()
          return
          ;;
        --title)
          COMPREPLY=()
          return
          ;;
        --organisation)
          COMPREPLY=()
          return
          ;;
        --by)
          COMPREPLY=()
          return
          ;;
        --key)
          _audit_files
          return
          ;;
        -n | --limit)
          COMPREPLY=()
          return
          ;;
        --to)
          COMPREPLY=()
          return
          ;;
        --resume)
          _audit_files
          return
          ;;
        --tls-ca)
          _audit_files
          return
          ;;
        --view)
          _audit_words "full redacted"
          return
          ;;
        --agent)
          COMPREPLY=()
          return
          ;;
        --team)
          COMPREPLY=()
          return
          ;;
        --user)
          COMPREPLY=()
          return
          ;;
        --session)
          COMPREPLY=()
          return
          ;;
        --type)
          COMPREPLY=()
          return
          ;;
        --tool)
          COMPREPLY=()
          return
          ;;
        --policy)
          COMPREPLY=()
          return
          ;;
        --decision)
          _audit_words "allow deny modify ask warn abort unknown"
          return
          ;;
        --environment)
          COMPREPLY=()
          return
          ;;
        --risk)
          _audit_words "low medium high critical"
          return
          ;;
        --since)
          COMPREPLY=()
          return
          ;;
        --until)
          COMPREPLY=()
          return
          ;;
      esac
      ;;
    erase)
      flags+=" --what --seq --expired --reason --authority --dry-run --yes --key --passphrase-file --agent --team --user --session --type --tool --policy --decision --environment --risk --since --until"
      case $previous in
        --what)
          _audit_words "payload entry"
          return
          ;;
        --seq)
          COMPREPLY=()
          return
          ;;
        --reason)
          COMPREPLY=()
          return
          ;;
        --authority)
          COMPREPLY=()
          return
          ;;
        --key)
          _audit_files
          return
          ;;
        --passphrase-file)
          _audit_files
          return
          ;;
        --agent)
          COMPREPLY=()
          return
          ;;
        --team)
          COMPREPLY=()
          return
          ;;
        --user)
          COMPREPLY=()
          return
          ;;
        --session)
          COMPREPLY=()
          return
          ;;
        --type)
          COMPREPLY=()
          return
          ;;
        --tool)
          COMPREPLY=()
          return
          ;;
        --policy)
          COMPREPLY=()
          return
          ;;
        --decision)
          _audit_words "allow deny modify ask warn abort unknown"
          return
          ;;
        --environment)
          COMPREPLY=()
          return
          ;;
        --risk)
          _audit_words "low medium high critical"
          return
          ;;
        --since)
          COMPREPLY=()
          return
          ;;
        --until)
          COMPREPLY=()
          return
          ;;
      esac
      ;;
  esac
  case $previous in
    -l | --ledger)
      _audit_files
      return
      ;;
    --color)
      _audit_words "auto always never"
      return
      ;;
  esac
  if [[ $current == -* ]]; then
    _audit_words "$flags"
  elif [[ -z $command ]]; then
    _audit_words "init ingest verify search export erase"
  elif [[ -n $files ]]; then
    _audit_files
  fi
}

complete -F _audit audit
