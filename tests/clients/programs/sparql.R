arguments <- commandArgs(TRUE)
url <- arguments[1]; task <- arguments[2]; query <- arguments[3]
# snippet
library(SPARQL)

answer <- SPARQL(url, query)$results
# end
if (task == "ask" || task == "construct") {
  print(answer)
} else {
  # snippet
  labels <- sub('^"(.*)"@en$', "\\1", answer$label, useBytes = TRUE)  # it leaves quotes and language on
  writeLines(labels, useBytes = TRUE)
  # end
}
