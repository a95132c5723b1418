using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Targets;

namespace Crater.Kubernetes.Client;

/// <summary>Turns what came back, or did not, into a coded error that says what to do next.</summary>
/// <param name="now">The server's clock as far as it is known, else ours.</param>
internal sealed class Failures(Uri server, string context, SignInFacts signIn, Func<DateTimeOffset> now)
{
    /// <summary>The server asked us to slow down.</summary>
    public const string BusyCode = "CRT5207";

    /// <summary>There is no such kind in this cluster.</summary>
    public const string NotServedCode = "CRT5212";

    public KubernetesException TimedOut(Call call, TimeSpan limit, Exception inner) => new("CRT5102",
        $"{server} did not answer '{call.Verb} {call.What}' within {Durations.Text(limit)}. Check that the API server is well and that the network lets you through.", 0, "", inner);

    /// <summary>Nothing was sent: the connection itself did not come about in its own time.</summary>
    public KubernetesException NotConnected(Call call, Exception inner) => new("CRT5104",
        $"'{call.Verb} {call.What}' failed: {server} (context '{context}') gave no connection in time. Check the network, and whether the API server is overloaded.", 0, "", inner);

    public KubernetesException TooLarge(Call call, int limit) => new("CRT5107",
        $"{server} answered '{call.Verb} {call.What}' with more than {limit / (1024 * 1024)} MiB, which is not read. Ask for less: one namespace, or a selector.", 0, "");

    /// <summary>A body that is no object of JSON: another server's page, or an answer that ends in the middle.</summary>
    public KubernetesException NotKubernetes(Call call, ReadOnlySpan<byte> body, Exception? inner)
    {
        var start = Encoding.UTF8.GetString(body[..Math.Min(body.Length, 64)]).TrimStart();
        if (inner is not null && start.StartsWith('{'))
        {
            return new KubernetesException("CRT5108",
                $"{server}'s answer to '{call.Verb} {call.What}' ends in the middle or is damaged ({body.Length} bytes came). Check what is between: a proxy, or a network that cuts connections.", 0, "", inner);
        }

        var what = start.StartsWith('<') ? "an HTML page, as a login page or a proxy does," : "something";
        return new KubernetesException("CRT5106",
            $"{server} answered '{call.Verb} {call.What}' with {what} that is not Kubernetes' JSON. Check the server address in the kubeconfig, and proxies on the way.", 0, "", inner);
    }

    public KubernetesException NoAnswer(Call call, Exception e)
    {
        if (Find<CraterException>(e) is { } ours)
        {
            return New(ours.Code, ours.Message.TrimEnd('.'));
        }

        var root = Deepest(e);
        return root switch
        {
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => New("CRT5101",
                "refused the connection. Check that the cluster runs ('craterctl lab status' for the lab) and that the address is right"),
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => New("CRT5105",
                "has a host name that cannot be resolved. Check the address in the kubeconfig and the network"),
            _ when e is HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => New("CRT5113",
                $"is behind a proxy that did not let us through: {e.Message.TrimEnd('.')}. Check proxy-url in the kubeconfig, or HTTPS_PROXY and NO_PROXY"),
            _ when CertificateHasEnded() is { } ended && e is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => New("CRT5112",
                $"ended the connection, and the client certificate of the context expired on {ended:u}. Sign in again or write the kubeconfig anew"),
            _ when Find<AuthenticationException>(e) is { } tls => New("CRT5103",
                $"could not be trusted: {tls.Message.TrimEnd('.')}. Check certificate-authority, tls-server-name and the client certificate in the kubeconfig"),
            _ => New("CRT5104", $"could not be reached or hung up: {root.Message.TrimEnd('.')}. Check the network and whether the API server restarted"),
        };

        KubernetesException New(string code, string text) =>
            new(code, $"'{call.Verb} {call.What}' failed: {server} (context '{context}') {text}.", 0, "", e);
    }

    /// <summary>The streams to a pod were open, and what should be at their other end was not.</summary>
    public static KubernetesException NotRun(Call call, string message) => new("CRT5214",
        $"'{call.Verb} {call.What}' failed on the pod's node: {message.TrimEnd('.')}. Check that the container runs and has that program or listens on that port.", 500, "InternalError");

    public KubernetesException Refused(Call call, HttpResponseMessage response, string body)
    {
        var status = (int)response.StatusCode;
        var level = response.Headers.TryGetValues("X-Kubernetes-PF-PriorityLevel-UID", out var ids) ? ids.First() : "";
        return Refused(call, status, Parse(body), level);
    }

    /// <param name="answer">A Status of the API; null for something else.</param>
    /// <param name="priorityLevel">The UID of the priority level that the server sorted the request into; empty when it did not say.</param>
    public KubernetesException Refused(Call call, int status, JsonNode? answer, string priorityLevel = "")
    {
        var reason = answer.Text("reason");
        var said = answer.Text("message") is { Length: > 0 } message ? message : $"HTTP {status}";
        if (status == 409 && Conflicts(answer) is { Count: > 0 } conflicts)
        {
            return new FieldConflictException(
                $"'{call.Verb} {call.What}' was refused: {string.Join("; ", conflicts.Select(one => $"{one.Field} belongs to {(one.Manager.Length > 0 ? one.Manager : "another manager")}"))}. "
                + "Nothing was changed. Leave the field out, or take it over with force if you are sure.", conflicts);
        }

        var (code, advice) = status switch
        {
            401 when CertificateHasEnded() is { } ended => ("CRT5112", $"The client certificate of context '{context}' expired on {ended:u}. Sign in again or write the kubeconfig anew."),
            401 => ("CRT5201", $"The token or certificate of context '{context}' is missing, expired or unknown to {server}. Sign in again or write the kubeconfig anew."),
            403 => ("CRT5202", $"The user of context '{context}' needs the verb '{call.Verb}' on {call.What}. {Grants.How(call, said)}"),
            404 when IsNotServed(call, answer) => (NotServedCode,
                $"This cluster does not serve {call.Subject!.Resource.Plural} in {call.Subject.Resource.ApiVersion}. Install its CRD, or look with 'kubectl api-resources' which versions there are."),
            404 => ("CRT5203", "Check the name and the namespace."),
            409 when reason == "AlreadyExists" => ("CRT5205", "Something of that name is there already."),
            409 => ("CRT5204", "The object was changed by someone else in between. Try again."),
            410 => ("CRT5209", "The version asked for is too old. List again."),
            429 when call.Path.Contains("/eviction", StringComparison.Ordinal) => ("CRT5210", "A disruption budget does not allow it now."),
            429 => (BusyCode, "The API server is overloaded. Try again later." + (priorityLevel.Length > 0
                ? $" It sorts these requests into the priority level with the UID {priorityLevel} ('kubectl get prioritylevelconfigurations -o yaml')." : "")),
            >= 500 => ("CRT5208", "The API server is in trouble. Look at its health and try again."),
            _ => ("CRT5206", "The request is not one that this cluster accepts."),
        };
        return new KubernetesException(code, $"'{call.Verb} {call.What}' was refused: {said.TrimEnd('.')}. {advice}", status, reason);
    }

    /// <summary>An object that is not there is told with its name; for a kind that is not there the answer is a line of text, or this sentence.</summary>
    private static bool IsNotServed(Call call, JsonNode? answer) =>
        call.Subject is not null && (answer is null || answer.Text("message") == "the server could not find the requested resource");

    private static List<FieldConflict> Conflicts(JsonNode? answer) =>
    [
        .. answer.Objects("details", "causes").Where(cause => cause.Text("reason") == "FieldManagerConflict")
            .Select(cause => new FieldConflict(cause.Text("field"), ManagerIn(cause.Text("message")))),
    ];

    /// <summary>The server says it as <c>conflict with "kubectl" using apps/v1</c>.</summary>
    private static string ManagerIn(string message) => message.Split('"') is [_, var manager, ..] ? manager : "";

    private DateTimeOffset? CertificateHasEnded() => signIn.CertificateEnds() is { } ends && ends < now() ? ends : null;

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
