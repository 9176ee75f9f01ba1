# bash completion for nxcdr. Written by completions/generate.py from the commands themselves: change those.
# Needs nothing but bash. Starts no program, except nxcdr itself for the names of profiles.

# What a command has, in $options, $commands and $arguments. An option is its names, "+" where it repeats, and
# "=" with the value it needs: choices, or a <kind> of value.
_nxcdr_command() {
    case $1 in
        nxcdr)
            options='--version --install-completion -q|--quiet -v|--verbose+ -h|--help'
            commands='query export range stats verify sandbox config'
            arguments=''
            ;;
        'nxcdr query')
            options='--from=<phrase> --to=<phrase> --tz=<zone> -p|--profile=<profile> -n|--limit=<any> --min-duration=<any> --sort=<columns> --reverse -f|--format=table,json,jsonl,csv,tsv --details|--no-details --watch --answered --missed --direction=inbound,outbound,aicc --agent=<any> --caller=<any> --callee=<any> --call-id=<any> --order-id=<any> --columns=<columns> --raw --concurrency=<any> --rate=<any> --timeout=<any> --retries=<any> -q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments='<phrase>+'
            ;;
        'nxcdr export')
            options='--from=<phrase> --to=<phrase> --tz=<zone> -p|--profile=<profile> -o|--output=<file> -f|--format=csv,jsonl --split=day,hour,month --overwrite --skip-existing --fresh --excel --receipt --dry-run --json --answered --missed --direction=inbound,outbound,aicc --agent=<any> --caller=<any> --callee=<any> --call-id=<any> --order-id=<any> --columns=<columns> --raw --concurrency=<any> --rate=<any> --timeout=<any> --retries=<any> -q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments='<phrase>+'
            ;;
        'nxcdr range')
            options='--from=<phrase> --to=<phrase> --tz=<zone> --now=<any> --json -p|--profile=<profile> -q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments='<phrase>+'
            ;;
        'nxcdr stats')
            options='--from=<phrase> --to=<phrase> --tz=<zone> -p|--profile=<profile> --by=hour,day,weekday,agent,direction,reason --service-level=<any> --explain -f|--format=table,json,csv --answered --missed --direction=inbound,outbound,aicc --agent=<any> --caller=<any> --callee=<any> --call-id=<any> --order-id=<any> --concurrency=<any> --rate=<any> --timeout=<any> --retries=<any> -q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments='<phrase>+'
            ;;
        'nxcdr verify')
            options='-q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments='<file>+'
            ;;
        'nxcdr sandbox')
            options='--port=<any> --latency=<any> --limit=<any> --fault-rate=<any> -q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments=''
            ;;
        'nxcdr config')
            options='-q|--quiet -v|--verbose+ -h|--help'
            commands='init check show get set unset path profiles'
            arguments=''
            ;;
        'nxcdr config init')
            options='-p|--profile=<profile> -q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments=''
            ;;
        'nxcdr config check')
            options='-p|--profile=<profile> -q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments=''
            ;;
        'nxcdr config show')
            options='-p|--profile=<profile> --json -q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments=''
            ;;
        'nxcdr config get')
            options='-p|--profile=<profile> -q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments='<key>'
            ;;
        'nxcdr config set')
            options='-p|--profile=<profile> --keyring -q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments='<key> <value>'
            ;;
        'nxcdr config unset')
            options='-p|--profile=<profile> --keyring -q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments='<key>'
            ;;
        'nxcdr config path')
            options='-p|--profile=<profile> -q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments=''
            ;;
        'nxcdr config profiles')
            options='-p|--profile=<profile> --json -q|--quiet -v|--verbose+ -h|--help'
            commands=''
            arguments=''
            ;;
    esac
}

# What follows an option of the command, in $takes; fails where there is no such option.
_nxcdr_option() {
    local spec names
    for spec in $options; do
        names=${spec%%=*}
        if [[ "|${names%+}|" == *"|$1|"* ]]; then
            takes=
            [[ $spec == *=* ]] && takes=${spec#*=}
            [[ $names == *+ ]] || used+="|$names| "
            return 0
        fi
    done
    return 1
}

# The words up to the cursor, without their quotes, in $words and $current; the quote that is open in $quote, and
# how many characters of $current readline leaves alone, in $kept.
_nxcdr_split() {
    local line=${COMP_LINE:0:COMP_POINT} begun='' character i
    for ((i = 0; i < ${#line}; i++)); do
        character=${line:i:1}
        case $quote$character in
            "''" | '""') quote= ;;
            '\' | '"\')
                ((++i))
                current+=${line:i:1} begun=1
                ;;
            "'"? | '"'?) current+=$character ;;
            "'" | '"') quote=$character begun=1 kept=${#current} ;;
            ' ' | $'\t' | '<' | '>')
                [[ $begun ]] && words+=("$current")
                [[ $character == [\<\>] ]] && words+=('>')
                current='' begun='' kept=0
                ;;
            *)
                current+=$character begun=1
                [[ $COMP_WORDBREAKS == *"$character"* ]] && kept=${#current}
                ;;
        esac
    done
}

# Offer words that begin with $value, each after $before.
_nxcdr_words() {
    local word
    for word; do
        [[ $word == "$value"* ]] || continue
        word=$before$word
        word=${word:kept}
        [[ $quote || $word != *[!a-zA-Z0-9_.,:=@/+-]* ]] || printf -v word %q "$word"
        COMPREPLY+=("$word")
    done
}

_nxcdr_phrases() {
    local typed=$1 phrase
    local -a rest=()
    for phrase in \
        today \
        yesterday \
        'day before yesterday' \
        '3 days ago' \
        'a week ago' \
        'this hour' \
        'last hour' \
        'this week' \
        'last week' \
        'previous month' \
        'last quarter' \
        'last year' \
        monday \
        'last friday' \
        'last weekend' \
        'monday last week' \
        'tuesday of last week' \
        july \
        'last 7 days' \
        'last 7 days including today' \
        'last two weeks' \
        'last 7 days to now' \
        'last 3 months' \
        'last 3 months including this month' \
        'this month so far' \
        'week to date' \
        'month to date' \
        'year to date' \
        ytd \
        'last 24 hours' \
        'past 90 minutes' \
        'past hour' \
        'since monday' \
        'until yesterday noon'
    do
        [[ $phrase == "$typed"* ]] && rest+=("${phrase:${#typed}}")
    done
    _nxcdr_words "${rest[@]}"
}

_nxcdr_columns() {
    local chosen='' name
    local -a rest=()
    [[ $value == *,* ]] && chosen=${value%,*},
    for name in \
        agentName \
        agentNickName \
        answered \
        answerTime \
        callDuration \
        callee \
        caller \
        callId \
        direction \
        dtmfKeys \
        endTime \
        hangupBy \
        hangupCode \
        callStatus \
        hangupReason \
        inQueueTime \
        leaveMsgUrl \
        orderId \
        other \
        intent \
        outQueueTime \
        queueDuration \
        recordUrl \
        ringDuration \
        ringTime \
        startTime \
        taskId \
        totalCustomerPrice \
        all
    do
        [[ ,$chosen == *,"$name",* || ($chosen && $name == all) ]] || rest+=("$name")
    done
    before+=$chosen value=${value:${#chosen}}
    _nxcdr_words "${rest[@]}"
    compopt -o nospace 2>/dev/null
}

_nxcdr_files() {
    local path
    while IFS= read -r path; do
        path=$before$path
        COMPREPLY+=("${path:kept}")
    done < <(compgen -f -- "$value")
    compopt -o filenames 2>/dev/null
}

_nxcdr_zones() {
    local root=/usr/share/zoneinfo/ path
    local -a zones=()
    for path in "$root$value"*; do
        [[ -d $path ]] && path+=/
        [[ ${path#"$root"} == [A-Z]* && -e $path ]] && zones+=("${path#"$root"}")
    done
    _nxcdr_words "${zones[@]}"
    [[ ${#zones[@]} -eq 1 && ${zones[0]} == */ ]] && compopt -o nospace 2>/dev/null
}

_nxcdr_profiles() {
    local name
    while IFS= read -r name; do
        _nxcdr_words "$name"
    done < <("$program" config profiles --json 2>/dev/null | sed -n 's/^ *"name": "\(.*\)",$/\1/p')
}

# Offer what an option or argument takes.
_nxcdr_value() {
    local takes=$1
    if [[ $takes == '<value>' ]]; then
        takes=
        case ${args[0]} in
        region) takes='global,hk,amer,idn' ;;
        algorithm) takes='md5,sha256' ;;
        timezone) takes='<zone>' ;;
        ca_bundle) takes='<file>' ;;
        default_profile) takes='<profile>' ;;
        esac
    fi
    case $takes in
        '<phrase>') _nxcdr_phrases "$2" ;;
        '<columns>') _nxcdr_columns ;;
        '<file>') _nxcdr_files ;;
        '<zone>') _nxcdr_zones ;;
        '<profile>') _nxcdr_profiles ;;
        '<key>')
            _nxcdr_words \
        access_key \
        access_secret \
        access_secret_command \
        region \
        base_url \
        timezone \
        algorithm \
        concurrency \
        rate \
        timeout \
        retries \
        max_span_days \
        settle \
        ca_bundle \
        default_profile
            ;;
        '<'*) ;;
        *) _nxcdr_words ${takes//,/ } ;;
    esac
}

# Offer the options that were not used yet, by their long names.
_nxcdr_options() {
    local spec names name
    for spec in $options; do
        names=${spec%%=*}
        names=${names%+}
        for name in ${names//|/ }; do
            [[ $used == *"|$names|"* || $name != --* ]] || _nxcdr_words "$name"
        done
    done
}

_nxcdr() {
    local IFS=$' \t\n' program=$1 current='' quote='' kept=0
    local path=nxcdr options='' commands='' arguments='' used='' takes='' pending='' ended='' word i
    local value before=''
    local -a words=() args=()
    COMPREPLY=()
    _nxcdr_split
    _nxcdr_command "$path"
    for word in "${words[@]:1}"; do
        if [[ $pending ]]; then
            pending=
        elif [[ $word == '>' ]]; then
            pending='<file>'
        elif [[ $ended || $word != -[!0-9]* ]]; then
            if [[ " $commands " == *" $word "* ]]; then
                path+=" $word"
                _nxcdr_command "$path"
            else
                args+=("$word")
            fi
        elif [[ $word == -- ]]; then
            ended=1
        elif [[ $word == --* ]]; then
            _nxcdr_option "${word%%=*}" && [[ $word != *=* ]] && pending=$takes
        else
            for ((i = 1; i < ${#word}; i++)); do
                _nxcdr_option "-${word:i:1}" || break
                if [[ $takes ]]; then
                    ((i + 1 < ${#word})) || pending=$takes
                    break
                fi
            done
        fi
    done
    value=$current
    if [[ $pending ]]; then
        _nxcdr_value "$pending"
    elif [[ $ended || $current != -* ]]; then
        local -a positions=($arguments)
        if [[ $commands ]]; then
            _nxcdr_words $commands
        elif [[ $arguments == *+ ]]; then
            _nxcdr_value "${arguments%+}" "${args[*]}${args[0]:+ }"
        else
            _nxcdr_value "${positions[${#args[@]}]:-<any>}"
        fi
    elif [[ $current == --*=* ]]; then
        before=${current%%=*}= value=${current#*=}
        _nxcdr_option "${current%%=*}" && _nxcdr_value "${takes:-<any>}"
    elif [[ $current == -[!-]?* ]]; then
        before=${current:0:2} value=${current:2}
        _nxcdr_option "$before" && _nxcdr_value "${takes:-<any>}"
    else
        _nxcdr_options
    fi
}

complete -F _nxcdr nxcdr
