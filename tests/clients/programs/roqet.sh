url=$1 task=$2 query=$3
case $task in
construct | ask) roqet -p "$url" -e "$query" ;;
*)
    # snippet
    roqet -q -p "$url" -e "$query" -r csv
    # end
    ;;
esac
