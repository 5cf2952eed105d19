url=$1 task=$2 query=$3
case $task in
construct) http --check-status --ignore-stdin --body --form "$url" Accept:application/n-triples query="$query" ;;
ask) http --check-status --ignore-stdin --body --form "$url" Accept:text/csv query="$query" ;;
*)
    # snippet
    http --check-status --ignore-stdin --body --form "$url" Accept:text/csv query="$query"
    # end
    ;;
esac
