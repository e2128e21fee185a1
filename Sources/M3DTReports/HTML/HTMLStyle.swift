/// The look of the page and its one small script.
enum HTMLStyle {
    static let sheet = """
        :root{color-scheme:light dark;--page:#f6f7f9;--paper:#fff;--text:#1a2027;--muted:#57606b;--line:#dde2e8;\
        --accent:#0b6bb5;--warning:#a85400;--stripe:#f8f9fb}
        @media screen and (prefers-color-scheme:dark){:root{--page:#0c0f13;--paper:#12161b;--text:#e6ebf0;\
        --muted:#a0abb6;--line:#2a313a;--accent:#5aaef5;--warning:#ffab70;--stripe:#161b21}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",\
        Roboto,"Helvetica Neue",Arial,sans-serif}
        header,nav,main{max-width:1240px;margin:0 auto;padding:0 20px}
        header{padding-top:32px}h1{font-size:28px;line-height:1.2;margin:0;overflow-wrap:anywhere}
        header p{margin:6px 0 0;color:var(--muted)}
        nav{position:sticky;top:0;z-index:3;display:flex;gap:4px 18px;overflow-x:auto;background:var(--page);\
        padding-top:12px;padding-bottom:12px;white-space:nowrap}
        nav a{color:var(--accent);text-decoration:none}nav a:hover{text-decoration:underline}
        section{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:18px 22px 22px;\
        margin:0 0 18px;scroll-margin-top:52px}
        h2{font-size:20px;margin:0 0 12px}p{max-width:78ch;margin:10px 0}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px;margin:12px 0}
        .card{border:1px solid var(--line);border-radius:8px;padding:12px 14px}
        .card .name{color:var(--muted);font-size:13px;overflow-wrap:anywhere}
        .card .value{font-size:25px;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.3}
        .card .detail{color:var(--muted);font-size:13px;font-variant-numeric:tabular-nums}
        .table{border:1px solid var(--line);border-radius:8px;margin:14px 0;overflow:hidden}
        .caption{padding:9px 12px;color:var(--muted);font-size:14px}.scroll{overflow:auto;max-height:75vh}
        table{border-collapse:separate;border-spacing:0;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
        th,td{padding:5px 12px;text-align:left;border-top:1px solid var(--line);vertical-align:top;min-width:5ch}
        .short{white-space:nowrap}th{position:sticky;top:0;background:var(--paper);z-index:1;\
        border-bottom:1px solid var(--line);white-space:nowrap}
        .number{text-align:right;white-space:nowrap}tbody tr:nth-child(even) td{background:var(--stripe)}
        th button{all:unset;cursor:pointer;font-weight:600}th button:focus-visible{outline:2px solid var(--accent)}
        th[aria-sort=ascending] button::after{content:" \\25B4"}th[aria-sort=descending] button::after{content:" \\25BE"}
        .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,520px),1fr));gap:14px;margin:14px 0}
        figure{margin:0;min-width:0}.figures figure{border:1px solid var(--line);border-radius:8px;padding:6px;\
        overflow-x:auto}
        .figures .wide{grid-column:1/-1}
        .figures .narrow svg{max-width:100%;min-width:460px;height:auto;display:block;margin:0 auto}
        .figures .wide svg{display:block;margin:0 auto}
        .pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,220px),1fr));gap:12px;margin:14px 0}
        .pictures img{display:block;max-width:100%;height:auto;border-radius:6px;border:1px solid var(--line)}
        figcaption{color:var(--muted);font-size:13px;margin-top:4px;overflow-wrap:anywhere}
        dl{display:grid;grid-template-columns:minmax(120px,max-content) 1fr;gap:3px 18px;margin:12px 0}
        dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
        pre{overflow:auto;max-height:60vh;background:var(--stripe);border:1px solid var(--line);border-radius:8px;\
        padding:12px;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
        summary{cursor:pointer;font-weight:600}
        .note{border-left:4px solid var(--accent);padding:6px 14px;background:var(--stripe);border-radius:0 6px 6px 0}
        .warning{border-color:var(--warning)}.warning strong{color:var(--warning)}
        @media(max-width:600px){header,nav,main{padding-left:12px;padding-right:12px}section{padding:14px 12px}\
        dl{grid-template-columns:1fr}dd{margin-bottom:6px}h1{font-size:23px}}
        @media print{body{background:#fff;font-size:11pt}nav{display:none}section{border:0;padding:0}\
        .table,.scroll,pre{max-height:none;overflow:visible}th{position:static}figure,.card,tr{break-inside:avoid}\
        h2{break-after:avoid}.figures svg,.figures .narrow svg{max-width:100%;min-width:0;height:auto}}

        """

    /// Sorts a table by the column whose heading is pressed: numbers by value, missing ones last, text by alphabet.
    static let sortScript = """
        document.querySelectorAll("th button").forEach(function(button){button.addEventListener("click",function(){
        var th=button.parentNode,body=th.closest("table").tBodies[0],column=th.cellIndex;
        var down=th.getAttribute("aria-sort")==="ascending";
        function key(row){return row.cells[column].textContent.trim();}
        function number(text){return parseFloat(text.replace(/,/g,"").replace("\\u2212","-"));}
        var numeric=th.classList.contains("number");
        var rows=Array.from(body.rows);
        rows.sort(function(a,b){
        if(!numeric){return key(a).localeCompare(key(b),"en",{numeric:true})*(down?-1:1);}
        var x=number(key(a)),y=number(key(b));
        if(isNaN(x)||isNaN(y)){return isNaN(x)-isNaN(y);}
        return (x-y)*(down?-1:1);});
        rows.forEach(function(row){body.appendChild(row);});
        th.parentNode.querySelectorAll("th").forEach(function(other){other.removeAttribute("aria-sort");});
        th.setAttribute("aria-sort",down?"descending":"ascending");});});
        """
}
