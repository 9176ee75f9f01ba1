# fish completion for nxcdr. Written by completions/generate.py from the commands themselves: change those.
# Starts no program, except nxcdr itself for the names of profiles.

# What a command has, in $options, $commands and $arguments, each word with its meaning after a tab. An option is its
# names, "+" where it repeats, and "=" with the value it needs: choices, or a <kind> of value.
function __nxcdr_command --no-scope-shadowing
    switch $argv[1]
@COMMANDS@
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
@SETTINGS@
    end
end

# The words for a kind of value: KIND, what is typed of it, the words before it.
function __nxcdr_value
    switch $argv[1]
        case '<phrase>'
            set -l typed (string join ' ' -- $argv[3..] '')
            for phrase in \
@PHRASES@
                string match -q -- "$typed*" $phrase; and string replace -- $typed '' $phrase
            end
        case '<columns>'
            set -l chosen (string match -r '.*,' -- $argv[2])
            for column in \
@COLUMNS@
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
@KEYS@
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
