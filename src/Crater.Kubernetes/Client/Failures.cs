using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Targets;

namespace Crater.Kubernetes.Client;

/// <summary>Turns what came back, or did not, into a coded error that says what to do next.</summary>
internal static class Failures
{
    /// <summary>The server asked us to slow down.</summary>
    public const string BusyCode = "CRT5207";

    public static KubernetesException TimedOut(Call call, Uri server, TimeSpan limit, Exception inner) => new("CRT5102",
        $"{server} did not answer '{call.Verb} {call.What}' within {Durations.Text(limit)}. Check that the API server is well and that the network lets you through.", 0, "", inner);

    public static KubernetesException NotKubernetes(Call call, Uri server, Exception? inner) => new("CRT5106",
        $"{server} answered '{call.Verb} {call.What}' with something that is not Kubernetes' JSON. Check the server address in the kubeconfig.", 0, "", inner);

    public static KubernetesException NoAnswer(Call call, Uri server, string context, Exception e)
    {
        var root = Deepest(e);
        return root switch
        {
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => New("CRT5101",
                "refused the connection. Check that the cluster runs ('craterctl lab status' for the lab) and that the address is right"),
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => New("CRT5105",
                "has a host name that cannot be resolved. Check the address in the kubeconfig and the network"),
            _ when Find<AuthenticationException>(e) is { } tls => New("CRT5103",
                $"could not be trusted: {tls.Message.TrimEnd('.')}. Check certificate-authority, tls-server-name and the client certificate in the kubeconfig"),
            _ => New("CRT5104", $"could not be reached or hung up: {root.Message.TrimEnd('.')}. Check the network and whether the API server restarted"),
        };

        KubernetesException New(string code, string text) =>
            new(code, $"'{call.Verb} {call.What}' failed: {server} (context '{context}') {text}.", 0, "", e);
    }

    public static KubernetesException Refused(Call call, Uri server, string context, HttpStatusCode status, string body)
    {
        var answer = Parse(body);
        var reason = answer.Text("reason");
        var said = answer.Text("message") is { Length: > 0 } message ? message : $"HTTP {(int)status}";
        var (code, advice) = (int)status switch
        {
            401 => ("CRT5201", $"The token or certificate of context '{context}' is missing, expired or unknown to {server}. Sign in again or write the kubeconfig anew."),
            403 => ("CRT5202", $"The user of context '{context}' needs the verb '{call.Verb}' on {call.What}. Ask for a role that allows it."),
            404 => ("CRT5203", "Check the name and the namespace, and that the cluster serves this kind of object."),
            409 when reason == "AlreadyExists" => ("CRT5205", "Something of that name is there already."),
            409 => ("CRT5204", "The object was changed by someone else in between. Try again."),
            410 => ("CRT5209", "The version asked for is too old. List again."),
            429 when call.Path.EndsWith("/eviction", StringComparison.Ordinal) => ("CRT5210", "A disruption budget does not allow it now."),
            429 => (BusyCode, "The API server is overloaded. Try again later."),
            >= 500 => ("CRT5208", "The API server is in trouble. Look at its health and try again."),
            _ => ("CRT5206", "The request is not one that this cluster accepts."),
        };
        return new KubernetesException(code, $"'{call.Verb} {call.What}' was refused: {said.TrimEnd('.')}. {advice}", (int)status, reason);
    }

    /// <summary>The body of a refusal; text that is not JSON (a proxy's page) tells nothing.</summary>
    private static JsonNode? Parse(string body)
    {
        try
        {
            return JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Exception Deepest(Exception e) => e.InnerException is { } inner ? Deepest(inner) : e;

    private static T? Find<T>(Exception? e) where T : Exception => e is null or T ? (T?)e : Find<T>(e.InnerException);
}
