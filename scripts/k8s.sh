#!/usr/bin/env bash
# Puts what the experiments for Kubernetes need into a cluster, from where its makers publish it, at pinned versions.
#   scripts/k8s.sh install-litmus [--print]      LitmusChaos: operator, a service account for its faults, and the generic faults for sock-shop
#   scripts/k8s.sh deploy-sock-shop [--print]    the upstream Sock Shop, in its namespace
# --print says what would be done. KUBE_CONTEXT names the context; it may be left out only where the kubeconfig has one. Needed: kubectl, the right to make CRDs and
# cluster roles (litmus), and a cluster that reaches docker.io and this machine that reaches github.io and githubusercontent.com.
# LITMUS_VERSION, SOCK_SHOP_COMMIT, LITMUS_URL, LITMUS_HUB_URL, SOCK_SHOP_URL name other versions and mirrors.
set -euo pipefail
verb=${1:-}
print=${2:-}
litmus=${LITMUS_VERSION:-3.0.0}
litmus_url=${LITMUS_URL:-https://litmuschaos.github.io/litmus}
hub_url=${LITMUS_HUB_URL:-https://hub.litmuschaos.io/api/chaos}
commit=${SOCK_SHOP_COMMIT:-b1aaa7d3c064dc5192d54937444c43c40f7f7ae5}
shop_url=${SOCK_SHOP_URL:-https://raw.githubusercontent.com/microservices-demo/microservices-demo}
case $verb in
  install-litmus | deploy-sock-shop) ;;
  *)
    echo "'$verb' is not understood; write install-litmus or deploy-sock-shop." >&2
    exit 1
    ;;
esac
command -v kubectl >/dev/null || { echo "kubectl is missing, which this needs." >&2; exit 5; }
context=${KUBE_CONTEXT:-}
if [ -z "$context" ]; then
  contexts=$(kubectl config get-contexts -o name)
  # As with craterctl, current-context is not followed: a cluster is never chosen by accident.
  if [ "$(printf '%s\n' "$contexts" | grep -c .)" != 1 ]; then
    echo "The kubeconfig has these contexts; name one, KUBE_CONTEXT=… make k8s-$verb:" >&2
    printf '%s\n' "$contexts" >&2
    exit 1
  fi
  context=$contexts
fi
run() {
  echo "kubectl --context $context $*"
  [ "$print" = --print ] || kubectl --context "$context" "$@"
}
if [ "$verb" = install-litmus ]; then
  run apply --server-side -f "$litmus_url/litmus-operator-v$litmus.yaml"
  run wait --for=condition=Established --timeout=60s crd/chaosengines.litmuschaos.io crd/chaosexperiments.litmuschaos.io crd/chaosresults.litmuschaos.io
  run apply --server-side -f "$litmus_url/litmus-admin-rbac.yaml"
  run --namespace litmus apply --server-side -f "$hub_url/$litmus?file=charts/generic/experiments.yaml"
  run --namespace litmus rollout status deployment --timeout=300s
else
  run apply --server-side -f "$shop_url/$commit/deploy/kubernetes/complete-demo.yaml"
  # catalogue, payment and user are not asked whether they are ready for their first three minutes.
  run --namespace sock-shop rollout status deployment --timeout=600s
fi
