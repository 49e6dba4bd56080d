# snippets.awk PAGE: the ```cpp blocks of a page of documentation as one program, which fails where the page is wrong.
#
# A block that starts with #include stands at file scope. All others are, in order, the body of one function for each
# `## ` section, so that a section reads on from block to block. What a page promises is checked:
#     EXPRESSION;  // -> VALUE      the value, as tests/support/snippet.h shows it; the comment may stand below the line
#     STATEMENT;  // Error: WORDS   a grapevine::Error whose message has these words
#     ```text                       what the blocks before it in the section have printed
# A comment of the page that starts with `<!-- cpp` and ends with `-->` is code that a reader does not see.
function place(line) { return "\"" page ":" line "\"" }
function raw(text) { return "R\"snippet(" text ")snippet\"" }
function wrong(line, what) {
  printf "%s:%d: %s\n", page, line, what > "/dev/stderr"
  failed = 1
  exit 1
}
function statement(text, line) {
  if (text !~ /; *$/) wrong(line, "a checked line must end in a semicolon: " text)
  sub(/^ */, "", text)
  sub(/; *$/, "", text)
  return text
}
# The code of line i, with its promise turned into a check; empty if the next line holds the promise.
function checked(i, line,   text, at_comment) {
  text = lines[i]
  if (i < count && lines[i + 1] ~ /^ *\/\/ -> /) {
    lines[i + 1] = text "  // -> " substr(lines[i + 1], index(lines[i + 1], "-> ") + 3)
    return ""
  }
  if (at_comment = index(text, "// -> "))
    return "snippet::expect_value(" place(line) ", " statement(substr(text, 1, at_comment - 1), line) ", " \
           raw(substr(text, at_comment + 6)) ");"
  if (at_comment = index(text, "// Error: "))
    return "snippet::expect_error(" place(line) ", [&] { static_cast<void>(" \
           statement(substr(text, 1, at_comment - 1), line) "); }, " raw(substr(text, at_comment + 10)) ");"
  return text
}
function end_block(   i, code) {
  code = "#line " (first + 1) " \"" page "\"\n"
  for (i = 1; i <= count; ++i) code = code checked(i, first + i) "\n"
  if (lines[1] ~ /^#include/) top = top code
  else body = body code
}
function end_section() {
  if (body != "")
    sections[++num_sections] = body "snippet::expect_printed(" place(NR) ", \"\");\n"
  body = ""
}
function end_text(   i, text) {
  for (i = 1; i <= count; ++i) text = text lines[i] "\n"
  body = body "snippet::expect_printed(" place(first) ", " raw(text) ");\n"
}
BEGIN { page = ARGV[1] }
kind == "" && /^```cpp$/ { kind = "cpp"; count = 0; first = NR; next }
kind == "" && /^```text$/ { kind = "text"; count = 0; first = NR; next }
kind == "" && /^<!-- cpp$/ { kind = "hidden"; count = 0; first = NR; next }
kind == "" && /^```./ { kind = "other"; next }
kind == "" && /^## / { end_section() }
/^```$/ && kind == "cpp" { end_block(); kind = ""; next }
/^```$/ && kind == "text" { end_text(); kind = ""; next }
/^-->$/ && kind == "hidden" { end_block(); kind = ""; next }
/^```$/ { kind = ""; next }
kind != "" { lines[++count] = $0 }
END {
  if (failed) exit 1
  if (kind != "") wrong(NR, "a block does not end")
  end_section()
  print "#include \"tests/support/snippet.h\"\n" top "\nnamespace {"
  for (i = 1; i <= num_sections; ++i) print "void section_" i "() {\n" sections[i] "}"
  print "}  // namespace\n\nint main() {\n  return snippet::run({"
  for (i = 1; i <= num_sections; ++i) print "      section_" i ","
  print "  });\n}"
}
