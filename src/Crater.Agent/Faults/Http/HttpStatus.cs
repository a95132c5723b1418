using System.Text;

namespace Crater.Agent.Faults.Http;

/// <summary>Answers requests in the server's place.</summary>
internal sealed class HttpStatus : HttpFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "http-status",
        Family = "http",
        Summary = "Answers requests with a status of its own. The server does not see them.",
        Mechanism = By,
        Ending = Ends,
        Cannot = Limits + " After a request of HTTP/1 that asks for leave to send its body (Expect: 100-continue) the connection ends.",
        Parameters =
        [
            new("status", ParameterType.Integer, "The status of the answer.") { Min = 200, Max = 599, Default = "503", Aliases = ["status-code", "code"] },
            new("body", ParameterType.Text, "The body of the answer.") { Short = 'b' },
            new("content-type", ParameterType.Text, "The type of that body; left out: plain text."),
            .. Selection,
        ],
        Aliases = ["http-error"],
    };

    protected override HttpRule Shape(HttpRule common, FaultRequest request) => common with
    {
        Act = HttpAct.Answer,
        Status = (int)request.Number("status"),
        Body = Encoding.UTF8.GetBytes(request.Text("body")),
        ContentType = ContentTypeOf(request),
    };
}
