url=$1 task=$2 query=$3
case $task in
construct) curl --silent --fail-with-body -H 'Accept: application/n-triples' --data-urlencode "query=$query" "$url" ;;
ask) curl --silent --fail-with-body -H 'Accept: text/csv' --data-urlencode "query=$query" "$url" ;;
*)
    # snippet
    curl --silent --fail-with-body -H 'Accept: text/csv' --data-urlencode "query=$query" "$url"
    # end
    ;;
esac
