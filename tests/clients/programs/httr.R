arguments <- commandArgs(TRUE)
url <- arguments[1]; task <- arguments[2]; query <- arguments[3]
# snippet
library(httr)
library(jsonlite)

# end
ask <- function(accept) {
  answer <- POST(url, body = list(query = query), encode = "form", add_headers(Accept = accept))
  if (http_error(answer)) stop(content(answer, as = "text", encoding = "UTF-8"))
  content(answer, as = "text", encoding = "UTF-8")
}
if (task == "construct") {
  writeLines(ask("application/n-triples"), useBytes = TRUE)
} else if (task == "ask") {
  cat(tolower(fromJSON(ask("application/sparql-results+json"))$boolean), "\n")
} else {
  # snippet
  answer <- POST(url, body = list(query = query), encode = "form", accept("application/sparql-results+json"))
  text <- content(answer, as = "text", encoding = "UTF-8")
  if (http_error(answer)) stop(text)  # the reason, with line and column
  writeLines(fromJSON(text)$results$bindings$label$value, useBytes = TRUE)
  # end
}
