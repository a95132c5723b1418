using System.Text;

namespace Crater.Agent.Faults.Http;

/// <summary>Changes what the server answers.</summary>
internal sealed class HttpBody : HttpFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "http-body",
        Family = "http",
        Summary = "Gives the answers to requests another body. Status and header fields stay the server's, but for those that say how long the body is and how it is packed.",
        Mechanism = By,
        Ending = Ends,
        Cannot = Limits + " Answers without a body (to HEAD, and with status 204 or 304) stay as they are. Trailers are left out.",
        Parameters =
        [
            new("body", ParameterType.Text, "The other body; may be empty.") { Short = 'b', IsRequired = true },
            new("content-type", ParameterType.Text, "The type of that body; left out: as the server says."),
            .. Selection,
        ],
    };

    protected override HttpRule Shape(HttpRule common, FaultRequest request) =>
        common with { Act = HttpAct.Replace, Body = Encoding.UTF8.GetBytes(request.Text("body")), ContentType = ContentTypeOf(request) };
}
