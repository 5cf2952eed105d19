url=$1 task=$2 query=$3 jars=$4
case $task in
construct) java -cp "$jars" arq.rsparql --service "$url" --results nt "$query" ;;
ask) java -cp "$jars" arq.rsparql --service "$url" "$query" ;;
*)
    # snippet
    java -cp "$jars" arq.rsparql --service "$url" --results csv "$query"
    # end
    ;;
esac
