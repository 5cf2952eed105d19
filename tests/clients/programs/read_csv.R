arguments <- commandArgs(TRUE)
url <- arguments[1]; task <- arguments[2]; query <- arguments[3]
# snippet
address <- paste0(url, "?format=csv&query=", URLencode(query, reserved = TRUE))
# end
if (task == "ask") {
  writeLines(readLines(address))
} else if (task == "construct") {
  address <- paste0(url, "?format=nt&query=", URLencode(query, reserved = TRUE))
  writeLines(readLines(address, encoding = "UTF-8"), useBytes = TRUE)
} else {
  # snippet
  answer <- read.csv(address, encoding = "UTF-8")
  writeLines(answer$label, useBytes = TRUE)
  # end
}
