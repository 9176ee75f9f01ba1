# fish completion for nxcdr. Written by completions/generate.py from the commands themselves: change those.
# Starts no program, except nxcdr itself for the names of profiles.

# What a command has, in $options, $commands and $arguments, each word with its meaning after a tab. An option is its
# names, "+" where it repeats, and "=" with the value it needs: choices, or a <kind> of value.
function __nxcdr_command --no-scope-shadowing
    switch $argv[1]
        case nxcdr
            set options \
                '--version'\t'Print the version' \
                '--install-completion'\t'Let bash, zsh and fish complete nxcdr; man too' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands \
                'query'\t'Show calls in the terminal' \
                'export'\t'Write every call of a range to files' \
                'range'\t'Show how a range phrase is understood' \
                'stats'\t'Totals, by hour, agent, direction' \
                'verify'\t'Check exported files against their receipts' \
                'sandbox'\t'Serve a local stand-in of the API' \
                'config'\t'Set up profiles and credentials, and check them'
            set arguments
        case 'nxcdr query'
            set options \
                '--from=<phrase>'\t'The range\'s start, instead of RANGE' \
                '--to=<phrase>'\t'The range\'s end, instead of RANGE' \
                '--tz=<zone>'\t'Time zone, e.g. Asia/Hong_Kong' \
                '-p|--profile=<profile>'\t'The profile; sandbox needs no account' \
                '-n|--limit=<any>'\t'Show the N newest calls; 0 for all' \
                '--min-duration=<any>'\t'Only calls with this talk time or more (30s, 2m); the server can\'t filter by it: more are fetched' \
                '--sort=<columns>'\t'Sort the calls shown by a field, the least first; with --limit 0 all calls are kept in memory' \
                '--reverse'\t'Show the calls in reverse order' \
                '-f|--format=table,json,jsonl,csv,tsv'\t'Output format' \
                '--details|--no-details'\t'Show every field of each call, and its timeline; the default with --call-id' \
                '--watch'\t'Refresh the table every 10 seconds, or as often as given' \
                '--answered'\t'Answered calls only' \
                '--missed'\t'Missed calls only' \
                '--direction=inbound,outbound,aicc'\t'Calls of this direction only' \
                '--agent=<any>'\t'Calls of this agent account' \
                '--caller=<any>'\t'Calls from this number' \
                '--callee=<any>'\t'Calls to this number' \
                '--call-id=<any>'\t'The call of this id' \
                '--order-id=<any>'\t'Calls of this order' \
                '--columns=<columns>'\t'Fields by the vendor\'s names, or all' \
                '--raw'\t'Values exactly as the API returned them' \
                '--concurrency=<any>'\t'Requests in flight (default 4)' \
                '--rate=<any>'\t'Most requests a second (default: no limit)' \
                '--timeout=<any>'\t'Seconds to wait for an answer (default 30)' \
                '--retries=<any>'\t'Further tries of a request (default 5)' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments \
                '<phrase>+'
        case 'nxcdr export'
            set options \
                '--from=<phrase>'\t'The range\'s start, instead of RANGE' \
                '--to=<phrase>'\t'The range\'s end, instead of RANGE' \
                '--tz=<zone>'\t'Time zone, e.g. Asia/Hong_Kong' \
                '-p|--profile=<profile>'\t'The profile; sandbox needs no account' \
                '-o|--output=<file>'\t'File, or template with {date}; - is stdout' \
                '-f|--format=csv,jsonl'\t'Default: from the name\'s suffix' \
                '--split=day,hour,month'\t'One file for each' \
                '--overwrite'\t'Replace files that exist' \
                '--skip-existing'\t'Leave files that exist' \
                '--fresh'\t'Forget what an interrupted run left' \
                '--excel'\t'CSV whose numbers Excel does not spoil' \
                '--receipt'\t'Also write PATH.receipt.json' \
                '--dry-run'\t'Show range, files and plan; ask for nothing' \
                '--json'\t'The summary as one JSON object on stdout' \
                '--answered'\t'Answered calls only' \
                '--missed'\t'Missed calls only' \
                '--direction=inbound,outbound,aicc'\t'Calls of this direction only' \
                '--agent=<any>'\t'Calls of this agent account' \
                '--caller=<any>'\t'Calls from this number' \
                '--callee=<any>'\t'Calls to this number' \
                '--call-id=<any>'\t'The call of this id' \
                '--order-id=<any>'\t'Calls of this order' \
                '--columns=<columns>'\t'Fields by the vendor\'s names, or all' \
                '--raw'\t'Values exactly as the API returned them' \
                '--concurrency=<any>'\t'Requests in flight (default 4)' \
                '--rate=<any>'\t'Most requests a second (default: no limit)' \
                '--timeout=<any>'\t'Seconds to wait for an answer (default 30)' \
                '--retries=<any>'\t'Further tries of a request (default 5)' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments \
                '<phrase>+'
        case 'nxcdr range'
            set options \
                '--from=<phrase>'\t'The range\'s start, instead of RANGE' \
                '--to=<phrase>'\t'The range\'s end, instead of RANGE' \
                '--tz=<zone>'\t'Time zone, e.g. Asia/Hong_Kong' \
                '--now=<any>'\t'Pretend that it is then, e.g. 2023-10-29T02:30' \
                '--json'\t'One JSON object, for programs' \
                '-p|--profile=<profile>'\t'The profile; sandbox needs no account' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments \
                '<phrase>+'
        case 'nxcdr stats'
            set options \
                '--from=<phrase>'\t'The range\'s start, instead of RANGE' \
                '--to=<phrase>'\t'The range\'s end, instead of RANGE' \
                '--tz=<zone>'\t'Time zone, e.g. Asia/Hong_Kong' \
                '-p|--profile=<profile>'\t'The profile; sandbox needs no account' \
                '--by=hour,day,weekday,agent,direction,reason'\t'Group the calls' \
                '--service-level=<any>'\t'How soon a queued call should be answered (20s, 1m)' \
                '--explain'\t'Also print what each figure means' \
                '-f|--format=table,json,csv'\t'Output format' \
                '--answered'\t'Answered calls only' \
                '--missed'\t'Missed calls only' \
                '--direction=inbound,outbound,aicc'\t'Calls of this direction only' \
                '--agent=<any>'\t'Calls of this agent account' \
                '--caller=<any>'\t'Calls from this number' \
                '--callee=<any>'\t'Calls to this number' \
                '--call-id=<any>'\t'The call of this id' \
                '--order-id=<any>'\t'Calls of this order' \
                '--concurrency=<any>'\t'Requests in flight (default 4)' \
                '--rate=<any>'\t'Most requests a second (default: no limit)' \
                '--timeout=<any>'\t'Seconds to wait for an answer (default 30)' \
                '--retries=<any>'\t'Further tries of a request (default 5)' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments \
                '<phrase>+'
        case 'nxcdr verify'
            set options \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments \
                '<file>+'
        case 'nxcdr sandbox'
            set options \
                '--port=<any>'\t'Port on 127.0.0.1; 0 is any free one' \
                '--latency=<any>'\t'Wait before each answer' \
                '--limit=<any>'\t'Refuse more than N requests a second with HTTP 429' \
                '--fault-rate=<any>'\t'Let this share of answers fail, e.g. 0.1' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments
        case 'nxcdr config'
            set options \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands \
                'init'\t'Set up a profile, step by step' \
                'check'\t'Make one signed request, and tell what is wrong' \
                'show'\t'Show every setting and where it comes from' \
                'get'\t'Print one setting\'s value' \
                'set'\t'Change one setting in the file' \
                'unset'\t'Remove one setting from the file' \
                'path'\t'Print the configuration file\'s path' \
                'profiles'\t'List the profiles'
            set arguments
        case 'nxcdr config init'
            set options \
                '-p|--profile=<profile>'\t'The profile; sandbox needs no account' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments
        case 'nxcdr config check'
            set options \
                '-p|--profile=<profile>'\t'The profile; sandbox needs no account' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments
        case 'nxcdr config show'
            set options \
                '-p|--profile=<profile>'\t'The profile; sandbox needs no account' \
                '--json'\t'Print one JSON document' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments
        case 'nxcdr config get'
            set options \
                '-p|--profile=<profile>'\t'The profile; sandbox needs no account' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments \
                '<key>'
        case 'nxcdr config set'
            set options \
                '-p|--profile=<profile>'\t'The profile; sandbox needs no account' \
                '--keyring'\t'Keep access_secret in the system keyring, not the file' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments \
                '<key>' \
                '<value>'
        case 'nxcdr config unset'
            set options \
                '-p|--profile=<profile>'\t'The profile; sandbox needs no account' \
                '--keyring'\t'Remove access_secret from the system keyring' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments \
                '<key>'
        case 'nxcdr config path'
            set options \
                '-p|--profile=<profile>'\t'The profile; sandbox needs no account' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments
        case 'nxcdr config profiles'
            set options \
                '-p|--profile=<profile>'\t'The profile; sandbox needs no account' \
                '--json'\t'Print one JSON document' \
                '-q|--quiet'\t'Say nothing but errors and warnings' \
                '-v|--verbose+'\t'Say more; twice for the wire' \
                '-h|--help'\t'Show this message and exit'
            set commands
            set arguments
    end
end

# What follows an option of the command, in $takes; fails where there is no such option.
function __nxcdr_option --no-scope-shadowing
    set takes
    for spec in $options
        set -l parts (string split -m 1 = -- (string split \t -- $spec)[1])
        set -l names (string trim -r -c + -- $parts[1])
        if contains -- $argv[1] (string split '|' -- $names)
            set takes $parts[2]
            string match -q '*+' -- $parts[1]; or set -a used $names
            return 0
        end
    end
    return 1
end

# The values of the setting that is named.
function __nxcdr_setting
    switch "$argv[1]"
        case region
            echo 'global,hk,amer,idn'
        case algorithm
            echo 'md5,sha256'
        case timezone
            echo '<zone>'
        case ca_bundle
            echo '<file>'
        case default_profile
            echo '<profile>'
    end
end

# The words for a kind of value: KIND, what is typed of it, the words before it.
function __nxcdr_value
    switch $argv[1]
        case '<phrase>'
            set -l typed (string join ' ' -- $argv[3..] '')
            for phrase in \
        'today' \
        'yesterday' \
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
        'monday' \
        'last friday' \
        'last weekend' \
        'monday last week' \
        'tuesday of last week' \
        'july' \
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
        'ytd' \
        'last 24 hours' \
        'past 90 minutes' \
        'past hour' \
        'since monday' \
        'until yesterday noon'
                string match -q -- "$typed*" $phrase; and string replace -- $typed '' $phrase
            end
        case '<columns>'
            set -l chosen (string match -r '.*,' -- $argv[2])
            for column in \
        'agentName'\t'agent account' \
        'agentNickName'\t'agent nickname' \
        'answered'\t'whether the call was answered' \
        'answerTime'\t'when it was connected' \
        'callDuration'\t'talk time' \
        'callee'\t'number called' \
        'caller'\t'number calling' \
        'callId'\t'call id' \
        'direction'\t'inbound, outbound, or aicc (automatic campaign)' \
        'dtmfKeys'\t'keys pressed, comma-separated' \
        'endTime'\t'when it ended' \
        'hangupBy'\t'who hung up' \
        'hangupCode'\t'the vendor\'s code, e.g. 1001 normal, 1103 abandoned in queue' \
        'callStatus'\t'outcome' \
        'hangupReason'\t'why it ended' \
        'inQueueTime'\t'when it entered the queue' \
        'leaveMsgUrl'\t'voicemail' \
        'orderId'\t'order id' \
        'other'\t'text passed through from whoever placed the call' \
        'intent'\t'intent' \
        'outQueueTime'\t'when it left the queue' \
        'queueDuration'\t'time in the queue' \
        'recordUrl'\t'recording' \
        'ringDuration'\t'time ringing' \
        'ringTime'\t'when it began to ring' \
        'startTime'\t'when the call began' \
        'taskId'\t'campaign task id' \
        'totalCustomerPrice'\t'cost' \
        'all'\t'every field'
                set -l name (string split \t -- $column)[1]
                contains -- $name (string split , -- $chosen); and continue
                test -n "$chosen" -a $name = all; or echo "$chosen"$column
            end
        case '<file>'
            __fish_complete_path $argv[2]
        case '<zone>'
            for path in /usr/share/zoneinfo/$argv[2]*
                set -l zone (string replace /usr/share/zoneinfo/ '' -- $path)
                string match -qr '^[A-Z]' -- $zone; or continue
                test -d $path; and echo $zone/; or echo $zone
            end
        case '<profile>'
            set -l program (commandline -opc)[1]
            eval $program config profiles --json 2>/dev/null | string match -rg '^ *"name": "(.*)",$'
        case '<key>'
            for key in \
        'access_key'\t'printable ASCII without blanks (it is sent as a header)' \
        'access_secret'\t'a text (UTF-8) that is not empty' \
        'access_secret_command'\t'a command and its arguments, quoted as in a shell' \
        'region'\t'one of global, hk, amer, idn' \
        'base_url'\t'an https URL (http on loopback only) without user, query or fragment' \
        'timezone'\t'a time zone\'s name such as Asia/Hong_Kong' \
        'algorithm'\t'one of md5, sha256' \
        'concurrency'\t'a whole number from 1 to 64' \
        'rate'\t'a number of requests per second from 0.001 to 1000' \
        'timeout'\t'a number of seconds from 0.1 to 3600' \
        'retries'\t'a whole number from 0 to 100' \
        'max_span_days'\t'a whole number of days from 1 to 366' \
        'settle'\t'a whole number of minutes from 0 (off) to 10080' \
        'ca_bundle'\t'the absolute path of a file (PEM) or folder of certificates that can be read' \
        'default_profile'\t'the profile that is used when none is named'
                echo $key
            end
        case '<value>'
            __nxcdr_value (__nxcdr_setting $argv[3]) $argv[2]
        case '<*' ''
        case '*'
            string split , -- $argv[1]
    end
end

function __nxcdr
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    # A quote that is still open is no word to unescape.
    set -l current (string unescape -- $token; or string replace -ra '["\']' '' -- $token)
    set -l path nxcdr
    set -l options
    set -l commands
    set -l arguments
    set -l used
    set -l takes
    set -l pending
    set -l ended
    set -l args
    __nxcdr_command $path
    for word in $words[2..]
        if test -n "$pending"
            set pending
        else if test -n "$ended"; or not string match -qr -- '^-[^0-9]' $word
            if set -l found (string match -r -- "^$word\t" $commands)
                set path "$path $word"
                __nxcdr_command $path
            else
                set -a args $word
            end
        else if test "$word" = --
            set ended 1
        else if string match -q -- '--*' $word
            __nxcdr_option (string split -m 1 = -- $word)[1]
            and not string match -q '*=*' -- $word
            and set pending $takes
        else
            set -l letters (string split '' -- $word)[2..]
            while set -q letters[1]; and __nxcdr_option -$letters[1]
                set -e letters[1]
                test -n "$takes"; or continue
                set -q letters[1]; or set pending $takes
                break
            end
        end
    end
    if test -n "$pending"
        __nxcdr_value $pending "$current" $args
    else if test -n "$ended"; or not string match -q -- '-*' $current
        string join \n -- $commands
        if string match -q '*+' -- $arguments
            __nxcdr_value (string trim -r -c + -- $arguments) "$current" $args
        else
            __nxcdr_value "$arguments["(math (count $args) + 1)"]" "$current" $args
        end
    else if set -l parts (string match -rg '^(--[^=]+)(=)(.*)$' -- $current; or string match -rg '^(-[^-])()(.+)$' -- $current)
        __nxcdr_option $parts[1]
        and printf "$parts[1]$parts[2]%s\n" (__nxcdr_value "$takes" "$parts[3]")
    else
        for option in $options
            set -l parts (string split \t -- $option)
            set -l names (string trim -r -c + -- (string split -m 1 = -- $parts[1])[1])
            contains -- $names $used; and continue
            for name in (string match -- '--*' (string split '|' -- $names))
                printf '%s\t%s\n' $name $parts[2]
            end
        end
    end
end

complete -c nxcdr -f -a '(__nxcdr)'
