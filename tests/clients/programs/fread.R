arguments <- commandArgs(TRUE)
url <- arguments[1]; task <- arguments[2]; query <- arguments[3]
# snippet
library(data.table)

address <- paste0(url, "?format=csv&query=", URLencode(query, reserved = TRUE))
# end
if (task == "ask") {
  writeLines(fread(address, header = FALSE, colClasses = "character")[[1]])
} else if (task == "construct") {
  print(fread(address))
} else {
  # snippet
  answer <- fread(address, encoding = "UTF-8")
  writeLines(answer$label, useBytes = TRUE)
  # end
}
