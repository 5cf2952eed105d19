url=$1 task=$2 query=$3
json='Accept: application/sparql-results+json'
case $task in
construct) curl --silent --fail-with-body -H 'Accept: application/ld+json' --data-urlencode "query=$query" "$url" | jq . ;;
ask) curl --silent --fail-with-body -H "$json" --data-urlencode "query=$query" "$url" | jq .boolean ;;
*)
    # snippet
    curl --silent --fail-with-body -H 'Accept: application/sparql-results+json' --data-urlencode "query=$query" "$url" |
        jq --raw-output 'if .results then .results.bindings[].label.value else error(.detail) end'
    # end
    ;;
esac
