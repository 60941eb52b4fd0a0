# Print the Makefile's `target: ... ## Sentence` lines, no line longer than 80 columns: those named
# in the variable `first`, in that order, and how to see all; or without it every target, under its
# `##@ Section` line.
BEGIN { FS = ":.*## "; COLUMNS = 80; MARGIN = 22; if (first) print "\nFlask or FastAPI: predict, measure, see. Begin with\n" }
/^##@ / && !first { printf "\n%s\n", substr($0, 5) }
/^[a-z-]+:.*## / { sentence[$1] = $2; total++; if (!first) show($1) }
END {
    count = split(first, names, " ")
    for (name = 1; name <= count; name++) show(names[name])
    if (first) printf "\n`make help-all` prints all %d commands.\n", total
    else print ""
}
function show(target,    line, words, word, last) {
    line = sprintf("  make %-14s ", target)
    last = split(sentence[target], words, " ")
    for (word = 1; word <= last; word++) {
        if (length(line) + length(words[word]) > COLUMNS) {
            sub(/ +$/, "", line)
            print line
            line = sprintf("%" MARGIN "s", "")
        }
        line = line words[word] " "
    }
    sub(/ +$/, "", line)
    print line
}
