# Print the Makefile's `target: ... ## Sentence` lines under their `##@ Section` lines,
# no line longer than 80 columns.
BEGIN { FS = ":.*## "; COLUMNS = 80; MARGIN = 22 }
/^##@ / { printf "\n%s\n", substr($0, 5) }
/^[a-z-]+:.*## / {
    line = sprintf("  make %-14s ", $1)
    count = split($2, words, " ")
    for (word = 1; word <= count; word++) {
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
END { print "" }
