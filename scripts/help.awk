# Print the Makefile's `target: ... ## Sentence` lines under their `##@ Section` lines.
BEGIN { FS = ":.*## " }
/^##@ / { printf "\n%s\n", substr($0, 5) }
/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $1, $2 }
END { print "" }
